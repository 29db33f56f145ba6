//! The errors of Okta's management API for the mistakes that the org refuses.
//!
//! The table says what Okta returns as far as it is known. Where no source shows it, there is no row: nothing is invented.

use super::error::{Entity, OrgError};
use super::transition::Transition;
use crate::okta::habits::Confidence;
use crate::okta::mapping::MappingError;

/// An error as Okta's management API returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Okta's error code: `E` and seven digits.
    pub code: &'static str,
    /// The `errorSummary`.
    pub summary: String,
    /// The `errorSummary` of the first of the `errorCauses`.
    pub cause: Option<String>,
    pub confidence: Confidence,
    /// The keys of the sources, as in docs/sources.md.
    pub source: &'static str,
}

/// The summary of a code whose text does not depend on the request (MGMTAPI).
const SUMMARIES: [(&str, u16, &str); 6] = [
    ("E0000016", 403, "Activation failed because the user is already active"),
    ("E0000032", 403, "Unlock is not allowed for this user."),
    ("E0000038", 403, "This operation is not allowed in the user's current status."),
    ("E0000040", 400, "Application label must not be the same as an existing application label."),
    ("E0000062", 409, "The specified user is already assigned to the application."),
    ("E0000117", 403, "Cannot assign apps or update app profiles for an inactive user."),
];

impl ApiError {
    fn fixed(code: &'static str) -> Option<Self> {
        let (code, status, summary) = SUMMARIES.into_iter().find(|(known, ..)| *known == code)?;
        Some(Self::documented(status, code, summary.to_owned()))
    }

    fn documented(status: u16, code: &'static str, summary: String) -> Self {
        Self { status, code, summary, cause: None, confidence: Confidence::Documented, source: "MGMTAPI" }
    }

    /// Returns "Not found". The type is a name of the management API, such as `User`.
    fn not_found(name: &str, kind: &str) -> Self {
        Self::documented(404, "E0000007", format!("Not found: Resource not found: {name} ({kind})"))
    }

    /// Returns "Api validation failed", which Okta returns for invalid fields and for some wrong states.
    fn invalid(field: &str, cause: String) -> Self {
        let summary = format!("Api validation failed: {field}");
        Self { cause: Some(cause), ..Self::documented(400, "E0000001", summary) }
    }

    fn because(self, cause: &str) -> Self {
        Self { cause: Some(cause.to_owned()), ..self }
    }

    fn known_from(self, confidence: Confidence, source: &'static str) -> Self {
        Self { confidence, source, ..self }
    }
}

impl OrgError {
    /// Returns what Okta's management API returns for the same mistake; `None` if that is not known, or if the API has no
    /// such error because it accepts the request.
    #[must_use]
    pub fn api_error(&self) -> Option<ApiError> {
        match self {
            // The management API has no rules of group push.
            Self::NotFound { entity: Entity::PushRule, .. } | Self::AlreadyExists { entity: Entity::PushRule, .. } => {
                None
            }
            Self::NotFound { entity, name, .. } => Some(ApiError::not_found(name, entity.api_type())),
            Self::AlreadyExists { entity: Entity::App, .. } => ApiError::fixed("E0000040"),
            Self::AlreadyExists { entity: Entity::GroupRule, .. } | Self::RuleName { .. } => {
                let error = ApiError::documented(400, "E0000001", "Api validation failed: name".to_owned());
                Some(error.known_from(Confidence::Inferred, "MGMTAPI"))
            }
            // The code follows from other operations: validation, and those that need a state.
            Self::Expression(_) | Self::AlreadyDeactivated { .. } => {
                let error = ApiError::documented(400, "E0000001", "Api validation failed".to_owned());
                Some(error.known_from(Confidence::Inferred, "MGMTAPI"))
            }
            Self::AlreadyExists { entity, .. } => {
                let field = if *entity == Entity::Group { "name" } else { "login" };
                let cause = format!("{field}: An object with this field already exists in the current organization");
                Some(ApiError::invalid(field, cause).known_from(Confidence::Captured, "OKTASDK, TFOKTA"))
            }
            Self::LoginTaken { .. } => {
                let cause = "login: An object with this field already exists in the current organization".to_owned();
                Some(ApiError::invalid("login", cause).known_from(Confidence::Captured, "OKTASDK, TFOKTA"))
            }
            // The console shows an import error. The code is that of a create without a required attribute.
            Self::ImportIncomplete { attribute, .. } => {
                let error = ApiError::documented(400, "E0000001", format!("Api validation failed: {attribute}"));
                Some(error.known_from(Confidence::Inferred, "MGMTAPI"))
            }
            Self::WrongState { transition, .. } => wrong_state(*transition),
            Self::PersonDeactivated { change: "change the assignments", .. } => ApiError::fixed("E0000117"),
            Self::PersonAlreadyAssigned { .. } => ApiError::fixed("E0000062"),
            Self::AttributeMapped { attribute, .. } => {
                let summary = format!(
                    "Cannot modify the {attribute} attribute because it has a field mapping and profile push is enabled."
                );
                Some(ApiError::documented(403, "E0000075", summary))
            }
            // Recorded for a user profile. The field of the summary is not known for assignments.
            Self::Mapping(error) => {
                let invalid = ApiError::documented(400, "E0000001", "Api validation failed".to_owned());
                let cause = match error {
                    MappingError::UnknownRow { name, .. } => {
                        Some(format!("Property name '{name}' is not defined in profile"))
                    }
                    _ => None,
                };
                Some(ApiError { cause, ..invalid.known_from(Confidence::Inferred, "OKTASDK") })
            }
            Self::MappingTarget(error) => {
                let name = if let MappingError::UnknownRow { name, .. } = error { name.as_str() } else { "" };
                let error = ApiError::invalid("updateMapping", format!("Invalid target field {name}"));
                Some(error.known_from(Confidence::Captured, "OKTASDK, TFOKTA"))
            }
            Self::Priority { .. } => {
                let error = ApiError::documented(400, "E0000001", "Api validation failed: priority".to_owned());
                Some(error.known_from(Confidence::Inferred, "MGMTAPI"))
            }
            Self::NoAccount { person, .. } | Self::PersonNotAssigned { person, .. } => {
                Some(ApiError::not_found(person, "AppUser"))
            }
            Self::NotProvisioned { .. } => {
                let cause = "Provisioning is not enabled for the app instance.".to_owned();
                Some(ApiError::invalid("feature", cause).known_from(Confidence::Captured, "TFOKTA"))
            }
            Self::NotPushed { group, .. } => Some(ApiError::not_found(group, "GroupPushMapping")),
            // The detail that follows the colon is not known.
            Self::AlreadyPushed { .. } | Self::PushRuleMatches { .. } | Self::PushRuleWithoutCondition { .. } => {
                let error = ApiError::documented(400, "E0000027", "Group push bad request".to_owned());
                Some(error.known_from(Confidence::Inferred, "MGMTAPI"))
            }
            // Not known: the code for a built-in group and for an active rule, the effect of a profile change of a deactivated user is documented vaguely, and the console has
            // no such step for imports and pushed groups. Not errors: deleting a user who is active deactivates the user,
            // and the API accepts the removal of a group or member that is not there.
            Self::BuiltInGroup { .. }
            | Self::RuleActive { .. }
            | Self::PersonDeactivated { .. }
            | Self::NotDeactivated { .. }
            | Self::NotAMember { .. }
            | Self::GroupAlreadyAssigned { .. }
            | Self::GroupNotAssigned { .. }
            | Self::GroupsNotImported { .. }
            | Self::NotImported { .. }
            | Self::ImportConflict { .. }
            | Self::ImportTaken { .. }
            | Self::StillPushed { .. } => None,
        }
    }

    /// Returns Okta's error code, as [`OrgError::api_error`].
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.api_error().map(|error| error.code)
    }

    /// Returns Okta's summary, as [`OrgError::api_error`].
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        self.api_error().map(|error| error.summary)
    }
}

impl Entity {
    /// Returns the name of the type in "Resource not found".
    const fn api_type(self) -> &'static str {
        match self {
            Self::Person => "User",
            Self::Group => "UserGroup",
            Self::GroupRule => "GroupRule",
            Self::PushRule => "GroupPushRule",
            Self::App => "AppInstance",
        }
    }
}

/// Returns the error of a transition that is not possible in the user's state.
fn wrong_state(transition: Transition) -> Option<ApiError> {
    match transition {
        Transition::Activate => ApiError::fixed("E0000016"),
        // Often quoted; no recording shows it. The field of the summary is not known.
        Transition::Suspend => {
            let error = ApiError::documented(400, "E0000001", "Api validation failed".to_owned());
            Some(error.because("Cannot suspend a user that is not active").known_from(Confidence::Hearsay, "DEVF"))
        }
        Transition::Unsuspend => {
            let error = ApiError::documented(400, "E0000001", "Api validation failed".to_owned());
            Some(error.known_from(Confidence::Inferred, "DEVF"))
        }
        Transition::Unlock => {
            let error = ApiError::fixed("E0000032")?.because("The user is not locked out.");
            Some(error.known_from(Confidence::Captured, "OKTASDK"))
        }
        Transition::Reactivate => Some(ApiError::fixed("E0000038")?.known_from(Confidence::Captured, "OKTASDK")),
        Transition::ExpirePassword | Transition::ResetPassword => {
            Some(ApiError::fixed("E0000038")?.known_from(Confidence::Inferred, "MGMTAPI"))
        }
        // Failed sign-ins lock a user; the API has no such operation.
        Transition::Lock => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::habits::SOURCES;
    use crate::okta::org::PersonState;

    fn wrong(transition: Transition) -> OrgError {
        OrgError::WrongState { person: "ada".into(), transition, state: PersonState::Active, allowed: Vec::new() }
    }

    #[test]
    fn the_errors_are_those_of_the_management_api() {
        let (person, app, group) = (|| "ada".to_owned(), || "app".to_owned(), || "eng".to_owned());
        let assignments = "change the assignments";
        for (error, status, code, summary) in [
            (
                OrgError::unknown(Entity::Group, "eng", [].into_iter()),
                404,
                "E0000007",
                "Not found: Resource not found: eng (UserGroup)",
            ),
            (OrgError::exists(Entity::Person, "ada"), 400, "E0000001", "Api validation failed: login"),
            (OrgError::exists(Entity::Group, "eng"), 400, "E0000001", "Api validation failed: name"),
            (
                OrgError::PersonDeactivated { person: person(), change: assignments },
                403,
                "E0000117",
                "Cannot assign apps or update app profiles for an inactive user.",
            ),
            (
                OrgError::PersonAlreadyAssigned { person: person(), app: app() },
                409,
                "E0000062",
                "The specified user is already assigned to the application.",
            ),
            (
                OrgError::NotPushed { group: group(), app: app() },
                404,
                "E0000007",
                "Not found: Resource not found: eng (GroupPushMapping)",
            ),
            (wrong(Transition::Activate), 403, "E0000016", "Activation failed because the user is already active"),
            (wrong(Transition::Unlock), 403, "E0000032", "Unlock is not allowed for this user."),
            (
                wrong(Transition::Reactivate),
                403,
                "E0000038",
                "This operation is not allowed in the user's current status.",
            ),
        ] {
            let known = error.api_error().unwrap();
            assert_eq!((known.status, known.code, known.summary.as_str()), (status, code, summary), "{error}");
            assert_eq!((error.code(), error.summary().as_deref()), (Some(code), Some(summary)));
            for key in known.source.split(", ") {
                assert!(SOURCES.iter().any(|(known, _)| *known == key), "{key}");
            }
        }
    }

    #[test]
    fn what_is_not_known_has_no_code() {
        let error = OrgError::NotAMember { person: "ada".into(), group: "eng".into() };
        assert_eq!((error.code(), error.summary()), (None, None));
        assert_eq!(wrong(Transition::Suspend).api_error().unwrap().confidence, Confidence::Hearsay);
    }
}
