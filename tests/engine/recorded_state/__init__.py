"""States of stacks as each version wrote them, which every later version has to understand."""
