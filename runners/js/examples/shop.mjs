/* SPDX-License-Identifier: Apache-2.0 */
/* A visitor of the shop: looks at the front page, then fills the cart.
 *     loads run shop.mjs --server-url http://127.0.0.1:8080 -u 5:10:20 -d 10 */
import assert from 'node:assert/strict';

export async function test_home(t) {
    const home = await fetch('/');
    assert.equal(home.status, 200);
    assert.match(await home.text(), /<html/i);
}

export async function test_cart(t) {
    await fetch('/');
    const cart = await fetch('/flaky', { loadsName: 'cart' });
    assert.equal(cart.status, 200, 'the cart answers');
    t.incrCounter('carts');
}
