const Analytics = require("@rudderstack/rudder-sdk-node");
const [port, key, rounds] = process.argv.slice(2);
const client = new Analytics(key, { dataPlaneUrl: `http://127.0.0.1:${port}` });
(async () => {
  let calls = 0;
  for (let turn = 0; turn < Number(rounds); turn++) {
    const userId = `user${turn % 5}`;
    client.identify({ userId, traits: { name: "小明", vip: turn } });
    client.track({ userId, event: "Product Viewed", properties: { n: turn, price: 12.5 } });
    client.track({ anonymousId: `device${turn}`, event: "Product Viewed", properties: { n: turn } });
    client.page({ userId, category: "Shop", name: "Home" });
    client.screen({ userId, name: "Home" });
    client.group({ userId, groupId: `group${turn % 2}`, traits: { city: "上海" } });
    client.alias({ userId, previousId: `device${turn}` });
    calls += 7;
    await client.flush();
  }
  await client.flush();
  console.log(calls);
  process.exit(0);
})();
