/* SPDX-License-Identifier: Apache-2.0 */
/* Tests written for the original's JavaScript runner: functions of one callback, which
 * they call when they are through, with an error or without. It carries `.socket`, over
 * which they may send messages of their own. */

const CALLBACK_NAMES = /^(cb|callback|done|next|finish|finished)$/i;
/* Of `cb => ...`, and of `(cb) => ...`, `function (cb)`, `name(cb)`. */
const FIRST_PARAMETER = /^(?:async\s+)?(?:([\w$]+)\s*=>|[^(]*\(\s*([\w$]+))/;

/* The original handed every test a callback. Ours get a context, which has other
 * names: only the parameter's name tells which one a test was written for. */
export function takesOriginalCallback(body) {
    if (body.length !== 1)
        return false;
    const [, bare, inParentheses] = FIRST_PARAMETER.exec(String(body)) ?? [];
    return CALLBACK_NAMES.test(bare ?? inParentheses ?? '');
}

export function runOriginal(test, object, body, done) {
    const callback = (error) => done(error);
    test.user.run.hits.hold(test);
    callback.socket = createSocket(test);
    return body.call(object, callback);
}

function createSocket(test) {
    const { run } = test.user;
    const { settings } = run;
    return {
        receiver: settings.receiver,
        agentId: settings.identity?.agent_id,
        runId: settings.identity?.run_id,
        runStatus: {
            totalUsers: settings.users, totalHits: settings.hits, currentUser: test.user.number,
            currentHit: test.user.iteration, duration: (settings.durationMs ?? 0) / 1000,
        },
        send(type, data) {
            if (type === 'add_hit')
                run.hits.toldByTest(test);
            run.reporter.report(String(type), { loads_status: test.status, ...data });
        },
        close() {}, /* it is everybody's */
    };
}
