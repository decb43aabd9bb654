# SPDX-License-Identifier: Apache-2.0
"""The rows that tests are called with: read, converted and checked once, before
anything runs."""
import csv
import inspect
import json
import math
import os
import re

from .deal import Deal
from .settings import UsageError

BYTES_LIMIT = 64 * 1024 * 1024
ROWS_LIMIT = 1_000_000
COLUMNS_LIMIT = 1024


class Row:
    """`members`: all columns, as they are in the file; `values`: those that tests take,
    converted, by (name, type)."""

    __slots__ = ("members", "values")

    def __init__(self, members, values):
        self.members = members
        self.values = values

    def values_for(self, test):
        return {each.name: self.values[each.name, each.annotation] for each in test.parameters
                if (each.name, each.annotation) in self.values}


class NoRows:
    """Without --data tests take the defaults of their parameters."""

    def row(self, user, iteration):
        return EMPTY


EMPTY = Row({}, {})


class Rows:
    def __init__(self, rows, deal):
        self._rows = rows
        self._deal = deal

    def row(self, user, iteration):
        """The row of the user's iteration, or None when none is left for it."""
        index = self._deal.row(user, iteration)
        return None if index is None else self._rows[index]


def open_rows(settings, tests):
    if settings.data is None:
        for test in tests:
            for each in test.parameters:
                if each.default is inspect.Parameter.empty:
                    raise UsageError(f"{test.name} needs a value for {each.name}: give rows with --data,"
                                     " or the parameter a default")
        return NoRows()
    path = settings.data
    columns, rows, places = read(path)
    fields = fields_of(tests, columns, path)
    converted = [Row(row, {field: convert(row.get(field[0]), field, path, place) for field in fields})
                 for row, place in zip(rows, places)]
    users = max(settings.users, settings.data_users)
    if settings.data_unique and len(converted) < users:
        raise UsageError(f"--data {path} has {len(converted)} rows; --data-unique needs one for each of {users} users")
    return Rows(converted, Deal(settings.data_order, settings.data_unique, len(converted), settings.users,
                                settings.seed))


def fields_of(tests, columns, path):
    """(name, type) of what the tests take from the rows."""
    fields = {}
    for test in tests:
        for each in test.parameters:
            if each.annotation not in CONVERTERS:
                raise UsageError(f"{test.name}: parameter {each.name} is of the type {each.annotation!r}; known are"
                                 " str, int, float and bool")
            if each.name in columns:
                fields[each.name, each.annotation] = True
            elif each.default is inspect.Parameter.empty:
                raise UsageError(f"{test.name} needs a value for {each.name}, and {path} has no such column")
    return list(fields)


def read(path):
    """Columns, rows (dicts) and where each row is."""
    try:
        if os.path.getsize(path) > BYTES_LIMIT:
            raise UsageError(f"--data {path} has more than {BYTES_LIMIT // 2**20} MiB")
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--data {path}: {error}") from None
    if path.endswith(".csv"):
        columns, rows, places = read_csv(path, text)
    elif path.endswith(".json"):
        columns, rows, places = read_json(path, text)
    else:
        raise UsageError(f"--data {path}: the name ends neither with .csv nor with .json")
    if not rows:
        raise UsageError(f"--data {path} has no row")
    if len(rows) > ROWS_LIMIT or len(columns) > COLUMNS_LIMIT:
        raise UsageError(f"--data {path} has more than {ROWS_LIMIT} rows or {COLUMNS_LIMIT} columns")
    return columns, rows, places


def read_csv(path, text):
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    columns, rows, places, begin = None, [], [], 1
    try:
        for values in reader:
            place, begin = f"line {begin}, row {len(rows) + 1}", reader.line_num + 1
            if not values:
                continue
            if columns is None:
                columns = values
                if len(set(columns)) < len(columns):
                    raise UsageError(f"--data {path}: two columns have the same name")
                continue
            if len(values) != len(columns):
                raise UsageError(f"--data {path}, {place}: {len(values)} values for {len(columns)} columns")
            rows.append(dict(zip(columns, values)))
            places.append(place)
    except csv.Error as error:
        raise UsageError(f"--data {path}, line {reader.line_num}: {error}") from None
    return columns or [], rows, places


def read_json(path, text):
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--data {path}: {error}") from None
    if not isinstance(rows, list):
        raise UsageError(f"--data {path} is not an array of objects")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise UsageError(f"--data {path}, row {number}: is not an object")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return columns, rows, [f"row {number}" for number in range(1, len(rows) + 1)]


def convert(value, field, path, place):
    name, kind = field
    try:
        return CONVERTERS[kind](value)
    except (ValueError, TypeError) as error:
        raise UsageError(f"--data {path}, {place}, column {name}: {error}") from None


def as_it_is(value):
    return value


def text(value):
    if not isinstance(value, str):
        raise TypeError(f"{json.dumps(value)} is not a text")
    return value


def whole(value):
    if isinstance(value, str) and re.fullmatch("[+-]?[0-9]{1,300}", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{json.dumps(value)} is not a whole number")


def number(value):
    if isinstance(value, str) and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value):
        value = float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise TypeError(f"{json.dumps(value)} is not a finite number")


def truth(value):
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise TypeError(f"{json.dumps(value)} is neither true nor false")


# By the annotation of a parameter; a text when the module postpones annotations.
CONVERTERS = {inspect.Parameter.empty: as_it_is, str: text, int: whole, float: number, bool: truth,
              "str": text, "int": whole, "float": number, "bool": truth}
