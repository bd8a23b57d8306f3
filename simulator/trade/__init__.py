"""The group's other shops, the same whatever platform shows them: what was sold, to whom, and what became of it."""
