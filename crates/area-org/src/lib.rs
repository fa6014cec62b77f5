//! Units, systems, contacts: the organisation of the province.
