"""Nothing goes by the insides of Django's query compiler: an upgrade may change them without a word."""

import re

from tests.habits.test_sizes_and_names import PRODUCT, ROOT

INSIDES = re.compile(
    r"\b(klass_info|get_related_populators|get_compiler|sql_with_params|get_db_converters|get_col|set_cached_value"
    r"|concrete_fields|local_concrete_fields|local_fields|_get_fields|_relation_tree)\b"
)


def test_no_module_goes_by_them() -> None:
    found = {str(file.relative_to(ROOT)): INSIDES.findall(file.read_text()) for file in PRODUCT}

    assert {file: names for file, names in found.items() if names} == {}
