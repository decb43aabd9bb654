# SPDX-License-Identifier: Apache-2.0
"""From FILE[:NAME] to tests. Whatever is wrong with the file is known here, before
the first user starts."""
import importlib
import importlib.util
import inspect
import os
import sys
import unittest

from .errors import describe_error
from .settings import UsageError
from .stop import Stopped


class Test:
    """One method of a class."""

    def __init__(self, test_class, method):
        self.test_class = test_class
        self.method = method
        self.name = f"{test_class.__name__}.{method}"
        function = getattr(test_class, method)
        self.is_async = inspect.iscoroutinefunction(function)
        self.parameters = parameters_of(function)

    def make(self, row):
        """An instance for one iteration, called with the values of the row."""
        case = self.test_class(self.method)
        if self.parameters:
            function = getattr(case, self.method)
            values = row.values_for(self)
            # unittest finds the method by its name, and calls it without arguments.
            if self.is_async:
                async def call():
                    return await function(**values)
            else:
                def call():
                    return function(**values)
            setattr(case, self.method, call)
        return case


def parameters_of(function):
    """All but self. Decorators that hide them leave (*args, **kwargs): none."""
    return [parameter for parameter in list(inspect.signature(function).parameters.values())[1:]
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)]


def load_tests(target):
    """The tests of FILE[:NAME], at least one; in the order of unittest."""
    file, name = split_target(target)
    module = import_file(file)
    classes = {each: value for each, value in sorted(vars(module).items())
               if isinstance(value, type) and issubclass(value, unittest.TestCase)
               and value.__module__ != "loads.case" and methods_of(value)}
    if name is None:
        tests = [Test(value, method) for value in unique(classes.values()) for method in methods_of(value)]
        if not tests:
            raise UsageError(f"{file} has no test: no class derived from unittest.TestCase with a method whose name"
                             " begins with \"test\"")
        return tests
    class_name, _, method = name.partition(".")
    if class_name not in classes:
        raise UsageError(f"{file} has no test class {class_name}; {known('it has', classes)}")
    methods = methods_of(classes[class_name])
    if method and not callable(getattr(classes[class_name], method, None)):
        raise UsageError(f"{class_name} in {file} has no test {method}; {known('it has', methods)}")
    return [Test(classes[class_name], each) for each in ([method] if method else methods)]


def methods_of(test_class):
    return unittest.defaultTestLoader.getTestCaseNames(test_class)


def unique(classes):
    """A class may have two names in a module."""
    return list(dict.fromkeys(classes))


def known(verb, names):
    return f"{verb} {', '.join(names)}" if names else f"{verb} none"


def split_target(target):
    file, ending, name = target.rpartition(".py:")
    file, name = (file + ".py", name) if ending else (target, None)
    if not file.endswith(".py"):
        raise UsageError(f"{target} is not a Python file (.py)")
    if not os.path.exists(file):
        raise UsageError(f"cannot read {file}: no such file")
    if not os.path.isfile(file):
        raise UsageError(f"cannot read {file}: not a file")
    return file, name or None


def import_file(file):
    """Imports it by the name that it has from the current directory on, else by that
    in its package: relative imports work, and imports of its neighbours."""
    path = os.path.realpath(file)
    folder, name = module_name(path)
    sys.path[:0] = [each for each in (folder, os.path.dirname(path)) if each not in sys.path]
    try:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            module = None
        if module is None or os.path.realpath(getattr(module, "__file__", None) or "") != path:
            # Not a name that can be imported, or another module has it.
            module = import_path(path)
        return module
    except Stopped:
        raise
    except (Exception, SystemExit) as error:
        message, class_name, traceback = describe_error(error)
        raise UsageError(f"{file} does not load: {class_name}: {message}\n{without_import(traceback)}") from None


def module_name(path):
    folder = os.path.realpath(".")
    inside = os.path.relpath(path, folder)[:-len(".py")].split(os.sep)
    if all(each.isidentifier() for each in inside):
        return folder, ".".join(inside)
    folder, name = os.path.split(path[:-len(".py")])
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = f"{package}.{name}"
    return folder, name


def import_path(path):
    name = f"loads_target_{os.path.basename(path)[:-len('.py')]}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def without_import(traceback):
    """Without the frames of the import machinery."""
    lines, is_hidden = [], False
    for line in traceback.split("\n"):
        if line.startswith("  File "):
            is_hidden = "importlib" in line.split(",", 1)[0] or line.startswith('  File "<frozen ')
        elif not line.startswith("   "):
            is_hidden = False
        if not is_hidden:
            lines.append(line)
    return "\n".join(lines)
