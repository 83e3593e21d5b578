"""The tag `{% once %}`, which every form has whose answer shows a new secret."""

from django import template

from common import once

register = template.Library()
register.simple_tag(once.field, name="once")
