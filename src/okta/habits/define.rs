//! The macro that turns the table of switches into types.
//!
//! One row of [`switches!`] yields an enum of the values, the field of [`Habits`](super::Habits) that holds the choice,
//! parsing, the default (the first value), and the row of [`SWITCHES`](super::SWITCHES) that the documentation is made of.
//! A value that is not in the table does not compile.

/// Defines the switches. See `switches.rs` for the form of a row.
macro_rules! switches {
    (
        choices {$(
            $name:literal $field:ident: $type:ident, $about:literal,
            $confidence:ident $seen:literal, $(unrecorded $unrecorded:literal,)? shown_by $shown:literal {
                $first:ident $first_word:literal $first_about:literal [$($first_source:literal),*],
                $($other:ident $other_word:literal $other_about:literal [$($other_source:literal),*],)+
            }
        )*}
        numbers {$(
            $number_name:literal $number_field:ident: $min:literal..=$max:literal = $default:literal, $number_about:literal,
            $number_confidence:ident $number_seen:literal, shown_by $number_shown:literal, [$($number_source:literal),*],
        )*}
    ) => {
        $(
            #[doc = $about]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
            pub enum $type {
                #[default]
                #[doc = $first_about]
                $first,
                $(#[doc = $other_about] $other,)+
            }

            impl $type {
                const WORDS: &[(&'static str, Self)] = &[($first_word, Self::$first), $(($other_word, Self::$other)),+];
            }
        )*

        /// The values of all habits in one run. Each starts at its default, the value that the best source shows.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Habits {
            $(#[doc = $about] pub $field: $type,)*
            $(#[doc = $number_about] pub $number_field: u32,)*
            /// Traffic that Okta never sends. Only our own tests set it.
            #[doc(hidden)]
            pub sabotage: Option<super::Sabotage>,
        }

        impl Default for Habits {
            fn default() -> Self {
                Self { $($field: $type::default(),)* $($number_field: $default,)* sabotage: None }
            }
        }

        /// The habits with a switch.
        pub const SWITCHES: &[Habit] = &[
            $(Habit {
                name: $name,
                about: $about,
                values: Values::OneOf(&[
                    Value { word: $first_word, about: $first_about, sources: &[$($first_source),*] },
                    $(Value { word: $other_word, about: $other_about, sources: &[$($other_source),*] }),+
                ]),
                confidence: Confidence::$confidence,
                seen: $seen,
                unrecorded: switches!(@optional $($unrecorded)?),
                shown_by: $shown,
            },)*
            $(Habit {
                name: $number_name,
                about: $number_about,
                values: Values::Number { min: $min, max: $max, default: $default, sources: &[$($number_source),*] },
                confidence: Confidence::$number_confidence,
                seen: $number_seen,
                unrecorded: None,
                shown_by: $number_shown,
            },)*
        ];

        impl Habits {
            /// Sets the habit of a name. Returns `None` if no switch has this name, and false if it does not accept the value.
            pub(super) fn choose(&mut self, name: &str, value: &str) -> Option<bool> {
                match name {
                    $($name => Some($type::WORDS.iter().find(|(word, _)| *word == value).map(|(_, choice)| self.$field = *choice).is_some()),)*
                    $($number_name => {
                        let number = value.parse::<u32>().ok().filter(|number| ($min..=$max).contains(number));
                        Some(number.map(|number| self.$number_field = number).is_some())
                    })*
                    _ => None,
                }
            }

            /// Lists the habits that differ from their default, as `name=value`, in the order of the table.
            #[must_use]
            pub fn changed(&self) -> Vec<String> {
                let default = Self::default();
                let mut changed = Vec::new();
                $(if self.$field != default.$field {
                    let word = $type::WORDS.iter().find(|(_, choice)| *choice == self.$field).map_or("", |(word, _)| word);
                    changed.push(format!("{}={word}", $name));
                })*
                $(if self.$number_field != default.$number_field {
                    changed.push(format!("{}={}", $number_name, self.$number_field));
                })*
                changed
            }
        }
    };
    (@optional) => { None };
    (@optional $text:literal) => { Some($text) };
}

pub(super) use switches;
