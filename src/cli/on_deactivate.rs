//! The value parser of every `--on-deactivate`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::events::OnDeactivate;

/// Accepts the names of [`OnDeactivate`] and shows their effects in `--help`.
pub(super) fn on_deactivate() -> impl TypedValueParser<Value = OnDeactivate> {
    PossibleValuesParser::new(OnDeactivate::ALL.map(|(_, name, effect)| PossibleValue::new(name).help(effect)))
        .try_map(|name| name.parse::<OnDeactivate>())
}
