"""Since when a revision surely stood there, by its forge's clock: apart from when we took it in.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the way back is a backup. Of what came before nobody kept it, and when it was seen must do."""
    op.add_column("revision", sa.Column("stood", sa.Float(), nullable=True))
