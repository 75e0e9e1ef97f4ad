"""`python -m ens_provider import`: a file for `pulumi import`, and the program that matches."""
