/* SPDX-License-Identifier: Apache-2.0 */
/* Whom TLS trusts, whatever connects: fetch(), node:https, undici and web sockets all
 * call tls.connect(). What a test gives there itself is left as it is. */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import tls from 'node:tls';
import { UsageError } from './settings.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;
const HASHED = /^[0-9a-f]{8}\.[0-9]+$/; /* what OpenSSL looks at in a folder */

/* With any of these a connection needs a context of its own. */
const OF_CONTEXT = ['ca', 'cert', 'ciphers', 'crl', 'ecdhCurve', 'key', 'maxVersion', 'minVersion', 'pfx',
    'secureContext', 'secureOptions', 'secureProtocol', 'sigalgs'];

export function prepareTrust({ caFile, isInsecure }, env) {
    if (isInsecure) {
        changeConnect((options) => ({ ...options, rejectUnauthorized: options.rejectUnauthorized ?? false }));
        return;
    }
    const ca = caFile !== undefined ? namedAuthorities(caFile) : environmentAuthorities(env);
    if (ca === undefined)
        return;
    /* Made once: reading a hundred authorities takes longer than a handshake. */
    const secureContext = tls.createSecureContext({ ca });
    changeConnect((options) => (OF_CONTEXT.every((name) => options[name] === undefined)
        ? { ...options, secureContext } : { ...options, ca: options.ca ?? ca }));
}

/* Its arguments are a port, a host, options and a callback, any of which may be missing. */
function changeConnect(change) {
    const original = tls.connect;
    tls.connect = function connect(...args) {
        const at = args.findIndex((each) => typeof each === 'object' && each !== null);
        if (at >= 0)
            args[at] = change(args[at]);
        else
            args.splice(args.findLastIndex((each) => typeof each !== 'function') + 1, 0, change({}));
        return original.apply(this, args);
    };
    syncBuiltinESMExports();
}

function namedAuthorities(file) {
    let found;
    try {
        found = certificatesOf(file);
    } catch {
        found = [];
    }
    if (found.length === 0)
        throw new UsageError(`cannot read certificates from ${file}`);
    return found;
}

/* Node does not look there unless it is started with an option. Without either
 * variable it is Node's own authorities: undefined. What cannot be read is nobody to
 * trust, as for OpenSSL. */
function environmentAuthorities({ SSL_CERT_FILE, SSL_CERT_DIR }) {
    if (!SSL_CERT_FILE && !SSL_CERT_DIR)
        return undefined;
    const files = SSL_CERT_FILE ? [SSL_CERT_FILE] : [];
    for (const folder of SSL_CERT_DIR ? SSL_CERT_DIR.split(':') : [])
        files.push(...orNone(() => readdirSync(folder)).filter((name) => HASHED.test(name)).map((name) => join(folder, name)));
    return files.flatMap((file) => orNone(() => certificatesOf(file)));
}

/* Throws for one that is broken: tls would leave it out. */
function certificatesOf(file) {
    const found = readFileSync(file, 'latin1').match(CERTIFICATE) ?? [];
    for (const each of found)
        new X509Certificate(each); // eslint-disable-line no-new
    return found;
}

function orNone(read) {
    try {
        return read();
    } catch {
        return [];
    }
}
