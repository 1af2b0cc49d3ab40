const { Analytics } = require("@segment/analytics-node");
const [port, key, rounds] = process.argv.slice(2);
const analytics = new Analytics({ writeKey: key, host: `http://127.0.0.1:${port}` });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  let calls = 0;
  for (let turn = 0; turn < Number(rounds); turn++) {
    const userId = `user${turn % 5}`;
    analytics.identify({ userId, traits: { name: "小明", vip: turn } });
    analytics.track({ userId, event: "Product Viewed", properties: { n: turn, price: 12.5 } });
    analytics.track({ anonymousId: `device${turn}`, event: "Product Viewed", properties: { n: turn } });
    analytics.page({ userId, category: "Shop", name: "Home" });
    analytics.screen({ userId, name: "Home" });
    analytics.group({ userId, groupId: `group${turn % 2}`, traits: { city: "上海" } });
    analytics.alias({ userId, previousId: `device${turn}` });
    calls += 7;
    await analytics.flush();
    await pause(50);
  }
  await analytics.closeAndFlush({ timeout: 120000 });
  console.log(calls);
})();
