// SPDX-License-Identifier: Apache-2.0
// A second real mail server, npm's smtp-server: smtp-server.cjs CERT KEY [tls]. Prints its port, then
// each mail as a line of JSON. The user is bob, the password hunter2.
'use strict';
const fs = require('fs');
const path = require('path');
const { SMTPServer } = require(path.join(process.env.top_builddir, 'tests/helpers/npm/node_modules/smtp-server'));

const [cert, key, secure] = process.argv.slice(2);
const server = new SMTPServer({
    cert: fs.readFileSync(cert),
    key: fs.readFileSync(key),
    secure: secure === 'tls',
    authMethods: ['PLAIN', 'LOGIN'],
    logger: false,
    onAuth(auth, session, done) {
        const isGood = auth.username === 'bob' && auth.password === 'hunter2';
        done(isGood ? null : new Error('no such user'), isGood ? { user: auth.username } : undefined);
    },
    onData(stream, session, done) {
        const parts = [];
        stream.on('data', (part) => parts.push(part));
        stream.on('end', () => {
            const { mailFrom, rcptTo } = session.envelope;
            console.log(JSON.stringify({
                from: mailFrom.address,
                to: rcptTo.map((recipient) => recipient.address),
                secure: session.secure,
                user: session.user || null,
                content: Buffer.concat(parts).toString('latin1'),
            }));
            done();
        });
    },
});
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
