"""What the Pulumi engine calls: the only package that imports pulumi."""
