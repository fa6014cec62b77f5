//! Who may do what: roles, actions and the policy table.
