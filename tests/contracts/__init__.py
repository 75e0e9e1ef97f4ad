"""Contracts that others wrote down, held by each type of resource."""
