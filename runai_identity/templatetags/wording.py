"""The filter that shows texts of the domain in the reader's language."""

from django import template

from common.translating import translated

register = template.Library()
register.filter("translated", translated)
