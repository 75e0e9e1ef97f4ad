"""One realistic payload per type of event, and many different ones made of it.

Values that the service's documentation or recorded events show are taken from there; where no
source shows a field, its value is made up in the style of the others. The pages are named in the
files.
"""
