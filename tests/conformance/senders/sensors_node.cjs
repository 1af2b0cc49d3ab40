const sdk = require("sa-sdk-node");
const SensorsAnalytics = sdk.default || sdk;
const [, url, rounds] = process.argv.slice(2);
const sa = new SensorsAnalytics();
sa.submitTo({ url, gzip: true, mode: "track", timeout: 10000 }, { count: 20, timeSpan: 500 });
let calls = 0;
for (let turn = 0; turn < Number(rounds); turn++) {
  const user = `user${turn % 5}`;
  sa.track(user, "ViewProduct", { n: turn, name: "苹果" });
  sa.trackSignup(user, `device${turn}`, { n: turn });
  sa.profileSet(user, { vip: turn });
  sa.profileSetOnce(user, { first: turn });
  sa.profileIncrement(user, { visits: turn + 1 });
  sa.profileAppend(user, { likes: [`tea${turn}`] });
  sa.profileUnset(user, [`vip${turn}`]);
  sa.itemSet("product", `p${turn}`, { price: 5 });
  sa.itemDelete("product", `p${turn}`);
  calls += 9;
}
setTimeout(() => {
  console.log(calls);
  process.exit(0);
}, 4000);
