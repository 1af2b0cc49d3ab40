from django.urls import URLPattern, path

from siyu.interfaces.pages.views import me, plain, signing_in

app_name = "pages"
urlpatterns: list[URLPattern] = [
    path("", me.home, name="home"),
    path("sign-in", signing_in.ask, name="sign-in"),
    path("sign-in/code", signing_in.enter, name="sign-in-code"),
    path("sign-out", signing_in.leave, name="sign-out"),
    path("sign-out/everywhere", signing_in.leave_everywhere, name="sign-out-everywhere"),
    path("language", me.language, name="language"),
    path("me", me.me, name="me"),
    path("me/name", me.name, name="me-name"),
    path("me/consents", me.consents, name="me-consents"),
    path("me/consents/say", me.consent, name="me-consent"),
    path("me/data", me.data, name="me-data"),
    path("me/erase", me.erase, name="me-erase"),
    path("offline", plain.offline, name="offline"),
    path("worker.js", plain.worker, name="worker"),
]
