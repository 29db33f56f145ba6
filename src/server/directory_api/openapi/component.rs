//! The parts that the schemas of objects share.

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// Schemas by name.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// Adds the schema of a type, and those of the types that it names.
pub(super) fn add<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// A time in UTC.
#[derive(ToSchema)]
#[schema(value_type = String, format = DateTime)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct Time(String);

/// Declares the discriminator of an object: an enum with one value.
macro_rules! discriminators {
    ($($name:ident $value:ident),+) => {
        $(
            #[derive(ToSchema)]
            #[schema(rename_all = "snake_case")]
            enum $name {
                $value,
            }
        )+
    };
}

pub(super) use discriminators;
