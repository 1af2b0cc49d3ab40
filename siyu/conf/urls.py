from django.urls import include, path

from siyu.interfaces.api.media import picture

urlpatterns = [
    path("", include("siyu.interfaces.api.urls")),
    path("", include("siyu.interfaces.connectors.urls")),
    path("media/<str:file>", picture, name="media"),
    path("", include("siyu.interfaces.pages.linking.urls")),
    path("m/", include("siyu.interfaces.pages.urls")),
    path("", include("siyu.interfaces.console.urls")),
]
handler404 = "siyu.conf.errors.not_found"
handler500 = "siyu.conf.errors.broken"
