"""What import-linter cannot see: relations that are given as strings, and tables of nobody."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import Field, Model

ORDER = ["loyalty", "members", "rewards", "campaigns", "config"]
OURS = [
    model for model in apps.get_models() if model._meta.app_label in ORDER and not model._meta.proxy
]
LIBRARIES = {
    "account",  # allauth
    "admin",
    "allauth_idp_oidc",
    "auth",
    "contenttypes",
    "mfa",
    "sessions",
    "socialaccount",
    "usersessions",
}


def relations() -> Iterator[tuple[type[Model], Field, type[Model]]]:
    for model in OURS:
        for field in model._meta.get_fields():
            if isinstance(field, Field) and field.is_relation and field.related_model:
                yield model, field, field.related_model


class TestRelations:
    def test_point_down(self):
        assert [
            f"{model.__name__}.{field.name} → {target.__name__}"
            for model, field, target in relations()
            if target._meta.app_label in ORDER
            and ORDER.index(target._meta.app_label) > ORDER.index(model._meta.app_label)
        ] == []

    def test_of_the_ledger_know_no_people(self):
        assert {
            target._meta.app_label
            for model, _field, target in relations()
            if model._meta.app_label == "loyalty"
        } == {"loyalty"}


@pytest.mark.django_db
class TestTables:
    def test_belong_to_an_app_that_we_know(self):
        assert {model._meta.app_label for model in apps.get_models()} <= {*ORDER, *LIBRARIES}

    def test_are_those_of_the_models_and_no_others(self):
        from django.db import connection

        known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {
            "django_migrations",
            "config_cache",
        }

        assert set(connection.introspection.table_names()) == known

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_are_named_after_their_app(self, model):
        assert model._meta.db_table == f"{model._meta.app_label}_{model._meta.model_name}"
