//! The value parsers of every `--client`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::okta::ClientKind;

/// The word for both clients.
const BOTH: &str = "both";

/// The clients that a check simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clients(
    /// One client; `None` for both.
    pub Option<ClientKind>,
);

/// Accepts the names of [`ClientKind`] and shows their descriptions in `--help`.
pub(super) fn client() -> impl TypedValueParser<Value = ClientKind> {
    PossibleValuesParser::new(values(&ClientKind::ALL)).try_map(|word| word.parse::<ClientKind>())
}

/// Accepts the names of the clients that a check simulates, and `both`.
pub(super) fn clients() -> impl TypedValueParser<Value = Clients> {
    let both = PossibleValue::new(BOTH).help("Both clients");
    PossibleValuesParser::new(values(&ClientKind::CHECKED).into_iter().chain([both])).try_map(|word| {
        let one = (word != BOTH).then(|| word.parse::<ClientKind>()).transpose();
        one.map(Clients)
    })
}

fn values(clients: &[ClientKind]) -> Vec<PossibleValue> {
    clients.iter().map(|client| PossibleValue::new(client.as_str()).help(client.about())).collect()
}
