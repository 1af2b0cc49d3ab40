"""Relations between tables obey the same order as imports, which import-linter cannot see in strings.

An example to take over. Packages on one line are siblings and may not point at each other.
"""

from django.apps import apps

FLOORS = [
    ["core.eventlog"],
    ["core.team"],
    ["core.ledger", "core.people", "core.links"],
    ["core.insight"],
    ["core.outreach"],
    ["features.traffic"],
    ["features.commerce"],
    ["features.loyalty"],
    ["features.community", "features.groups", "features.service"],
    ["features.partners", "features.activities"],
    ["interfaces"],
]


def place(model) -> tuple[int, str]:
    """Floor number and package of a model of ours."""
    for number, packages in enumerate(FLOORS):
        for package in packages:
            if model.__module__.startswith(f"siyu.{package}"):
                return number, package
    raise AssertionError(f"{model.__module__} has no place in the house")


def points_up(model, target) -> bool:
    (low, here), (high, there) = place(model), place(target)
    return high > low or (high == low and here != there)


def test_relations_point_down():
    ours = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("siyu.")]
    wrong = [
        f"{m._meta.label}.{f.name} -> {f.related_model._meta.label}"
        for m in ours
        for f in [*m._meta.fields, *m._meta.many_to_many]
        if f.is_relation and f.related_model in ours and points_up(m, f.related_model)
    ]
    assert wrong == []
