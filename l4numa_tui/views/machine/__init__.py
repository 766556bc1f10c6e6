"""The machine: boxes, rows or cells of nodes, heat of their memory, tables of distances."""
