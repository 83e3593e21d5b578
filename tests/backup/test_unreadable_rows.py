"""A row that can't be read is named, in place of a backup that lacks it or that nobody can restore."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.models import Event
from tests.audit.tampering import write_entries
from tests.audit.test_unreadable import EITHER, POSTGRESQL, SQLITE, spoil, vendors

pytestmark = pytest.mark.django_db(transaction=True)
# Django reads these as they are, and a backup keeps them.
READ = {"deep JSON", "bytes", "no address", "a network", "deeper JSON"}


@pytest.mark.parametrize("name", [*EITHER, *POSTGRESQL, *SQLITE])
def test_no_backup_is_made_of_what_can_not_be_read(name: str, tmp_path: Path) -> None:
    if name not in vendors() or name in READ:
        pytest.skip("it can be read")
    spoil(name, write_entries(3)[1])

    with pytest.raises(CommandError, match=r"A row of audit_event .* can't be read.* verifyaudit names it"):
        call_command("backup", str(tmp_path / "backup"))
    assert not list(tmp_path.iterdir())
    assert Event.objects.filter(action="backup:make").values_list("result", "reason").get() == (
        "Failed",
        "unreadable_row",
    )
