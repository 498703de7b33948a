"""What repositories and people are called on their forge, and what a forge tells of a contribution.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the way back is a backup. All that were served until now are plain ones, called by their id."""
    op.add_column("repository", sa.Column("name", sa.String(), nullable=False, server_default=""))
    op.add_column("repository", sa.Column("forge_id", sa.String(), nullable=True))
    op.execute("UPDATE repository SET name = id")
    op.add_column("contribution", sa.Column("author_name", sa.String(), nullable=False, server_default=""))
    op.add_column("contribution", sa.Column("text", sa.String(), nullable=True))
    op.add_column("contribution", sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()))
