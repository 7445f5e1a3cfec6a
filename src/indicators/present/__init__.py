"""What people read: pages, charts, tables, numbers and words."""
