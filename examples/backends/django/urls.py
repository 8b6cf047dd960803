"""The routes, and what is answered where none fits or one fails."""

from __future__ import annotations

from django.urls import path, re_path

import api
import views

urlpatterns = [
    path("api/public", views.by_method(GET=api.public)),
    path("api/notes", views.by_method(GET=api.read_notes, POST=api.add_note)),
    path("api/report", views.by_method(GET=api.report)),
    re_path(r"^api(/|$)", views.nothing),
    re_path(r"", views.by_method(GET=views.show_page)),
]

handler400 = "views.answer_bad_request"
handler404 = "views.nothing"
handler500 = "views.answer_failure"
