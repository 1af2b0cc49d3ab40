from django.urls import include, path

urlpatterns = [
    path("", include("siyu.interfaces.api.urls")),
    path("", include("siyu.interfaces.connectors.urls")),
    path("", include("siyu.interfaces.console.urls")),
]
