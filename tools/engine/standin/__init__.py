"""Stands in for the two programs that an official CLI ships beside `pulumi` for Python."""
