/* Without a connection a page says so, in the house's look; nothing else is kept. What is pushed here is shown. */
const SHELF = "siyu-1", OFFLINE = "{{ offline }}";
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll([{% for one in kept %}"{{ one }}"{% if not forloop.last %}, {% endif %}{% endfor %}])).then(() => self.skipWaiting()));
});
self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  else if (event.request.method === "GET" && event.request.destination === "style") event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
});
self.addEventListener("push", (event) => {
  const said = event.data.json(), more = said.image ? { image: said.image } : {};
  event.waitUntil(self.registration.showNotification(said.title, { body: said.body, tag: said.tag, lang: said.lang, data: said.url, ...more }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data));
});
