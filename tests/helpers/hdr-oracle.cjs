// SPDX-License-Identifier: Apache-2.0
// HdrHistogram's JavaScript edition, asked line by line on standard input:
//   decode BASE64            -> DIGITS TOTAL VALUE-AT-PERCENTILE... INDEX:COUNT...
//   encode DIGITS VALUE...   -> BASE64
// The module is found through NODE_PATH.
'use strict';

const hdr = require('hdr-histogram-js');
const readline = require('node:readline');

const HIGHEST_US = 86400000000;
const PERCENTILES = [0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

function decode(base64) {
    const histogram = hdr.decodeFromCompressedBase64(base64, 64, false);
    const counts = [];
    for (let i = 0; i < histogram.countsArrayLength; i++) {
        const count = Number(histogram.getCountAtIndex(i));
        if (count > 0)
            counts.push(`${i}:${count}`);
    }
    return [histogram.numberOfSignificantValueDigits, histogram.totalCount,
            ...PERCENTILES.map((percent) => histogram.getValueAtPercentile(percent)), ...counts].join(' ');
}

function encode(digits, values) {
    const histogram = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: HIGHEST_US,
                                  numberOfSignificantValueDigits: digits, bitBucketSize: 64 });
    values.forEach((value) => histogram.recordValue(value));
    return hdr.encodeIntoCompressedBase64(histogram);
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
    const [command, first, ...rest] = line.split(' ');
    console.log(command === 'decode' ? decode(first) : encode(Number(first), rest.map(Number)));
});
