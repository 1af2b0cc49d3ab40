from django.urls import path

from siyu.interfaces.pages.linking import views, way_out

urlpatterns = [
    path("l/<str:code>", views.follow, name="link"),
    path("c/<str:code>", views.scan, name="live-code"),
    path("u/<str:sign>", way_out.way_out, name="way-out"),
    path("u/<str:sign>/undo", way_out.undo, name="way-out-undo"),
]
