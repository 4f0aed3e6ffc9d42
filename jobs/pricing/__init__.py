"""precificar(): what a spec costs, from its real size, with every part explained (mission, section 5)."""
