"""When a delivery is tried again, what the door counted, which commands were obeyed, when a report was compared.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the way back is a backup. Commands of before are not known: their deliveries are done."""
    op.add_column(
        "delivery", sa.Column("not_before", sa.Float(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("wanted", sa.Column("looked", sa.Float(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "heard",
        sa.Column("forge", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("forge", "event", "outcome"),
    )
    op.create_table(
        "obeyed",
        sa.Column("repository", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "key"),
    )
