#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Writes messages as runners in JavaScript send them: JSON.stringify, dates by
// toISOString, and numbers from the environment as strings.
// Usage: corpus.js COUNT, which is the number of messages.
'use strict';

let seed = 2;
function random() { // xorshift: the same messages each time
  seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5;
  return (seed >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const int = (limit) => 1 + Math.floor(random() * limit);
const hex = () => Math.floor(random() * 4294967296).toString(16).padStart(8, '0');

const paths = [
  () => '/', () => '/träge-seite', () => `/item/${int(99999)}?ref=home&session=${hex()}`,
  () => `/cart/${int(99999)}/add?token=${hex()}${hex()}`, () => `/api/v1/items/${int(99999)}?fields=name,price&trace=${hex()}`,
];

function envelope(dataType, old, status) {
  return old
    ? { data_type: dataType, worker_id: String(int(64)), hostname: 'loadgen-js-03.example.net', loads_status: status.map(String) }
    : { data_type: dataType, agent_id: `loadgen-js-03.${int(200)}`, run_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
        hostname: 'loadgen-js-03.example.net', loads_status: status };
}

const start = Date.UTC(2026, 10, 22, 10, 0, 0);
const lines = [];
for (let number = 0, at = start; number < Number(process.argv[2]); number++) {
  const old = number % 2 === 1;
  const status = [10, 20, int(10), int(20)];
  const kind = random();
  at += random() * 20;
  if (kind < 0.85) {
    const elapsed = Math.exp(-3 + 2 * (random() - 0.5)) * 1000;
    lines.push({ ...envelope('add_hit', old, status), url: `https://shop.example.com${pick(paths)()}`,
      method: pick(['GET', 'GET', 'GET', 'POST', 'PUT']), status: pick([200, 200, 200, 200, 201, 304, 404, 500]),
      started: new Date(at).toISOString(), elapsed: elapsed / 1000 });
  } else if (kind < 0.995) {
    lines.push({ ...envelope(pick(['startTest', 'stopTest', 'addSuccess']), old, status),
      test: `Shop visitor ${int(12)} buys "something" in the sale & leaves` });
  } else {
    lines.push({ ...envelope('addFailure', old, status), test: `Shop visitor ${int(12)} pays`,
      exc_info: ['JSError', 'expected 200 "OK", got 500 "Internal Server Error"',
        'AssertionError: expected 200\n    at Context.<anonymous> (test/shop.js:12:13)\n    at processImmediate'] });
  }
}
process.stdout.write(lines.map((line) => JSON.stringify(line) + '\n').join(''));
