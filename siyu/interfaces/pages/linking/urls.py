from django.urls import path

from siyu.interfaces.pages.linking import views

urlpatterns = [path("l/<str:code>", views.follow, name="link"), path("c/<str:code>", views.scan, name="live-code")]
