"""Icons are drawn into a page when it is compiled."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string


class TestIcon:
    def test_is_the_drawing_of_that_name(self) -> None:
        shown = Template('{% load icons %}{% icon "bell" %}').render(Context())
        assert shown == render_to_string("icons/bell.svg")

    def test_refuses_none_and_two(self) -> None:
        for wrong in ("{% icon %}", '{% icon "bell" "mail" %}'):
            with pytest.raises(TemplateSyntaxError, match="one icon"):
                Template("{% load icons %}" + wrong)
