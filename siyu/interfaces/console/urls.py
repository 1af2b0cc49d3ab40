from django.urls import URLPattern, path

from siyu.interfaces.console.views import account, audit, cockpit, people, screening, team

app_name = "console"
urlpatterns: list[URLPattern] = [
    path("", account.home, name="home"),
    path("sign-in", account.sign_in, name="sign-in"),
    path("sign-out", account.sign_out, name="sign-out"),
    path("account", account.account, name="account"),
    path("language", account.language, name="language"),
    path("cockpit", cockpit.cockpit, name="cockpit"),
    path("behind/<str:metric>", cockpit.behind, name="cockpit-behind"),
    path("screening", screening.rounds, name="screening"),
    path("screening/run", screening.run, name="screening-run"),
    path("screening/<str:code>", screening.one_round, name="screening-round"),
    path("screening/<str:code>/judgement", screening.judgement, name="screening-judgement"),
    path("screening/<str:code>/<int:number>/accept", screening.accept, name="screening-accept"),
    path("screening/<str:code>/<int:number>/reject", screening.reject, name="screening-reject"),
    path("screening/<str:code>/<int:number>/reopen", screening.reopen, name="screening-reopen"),
    path("people", people.people, name="people"),
    path("people/<str:code>", people.person, name="people-person"),
    path("people/<str:code>/older", people.older, name="people-older"),
    path("people/<str:code>/reveal", people.reveal, name="people-reveal"),
    path("people/<str:code>/tag", people.tag, name="people-tag"),
    path("people/<str:code>/untag", people.untag, name="people-untag"),
    path("team", team.team, name="team"),
    path("team/new", team.new, name="team-new"),
    path("team/<int:number>", team.operator, name="team-operator"),
    path("team/<int:number>/deactivate", team.deactivate, name="team-deactivate"),
    path("team/<int:number>/reactivate", team.reactivate, name="team-reactivate"),
    path("team/<int:number>/password", team.password, name="team-password"),
    path("audit", audit.audit, name="audit"),
]
