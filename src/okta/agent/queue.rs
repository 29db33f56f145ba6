//! The order of jobs: one at a time for each person or group, in the order in which they were planned, and any number of
//! them for different people and groups. Pure.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::okta::org::JobSpec;

/// The jobs of one wave that have not started yet.
///
/// People and groups are the same in each app, because all apps of an org have one target.
#[derive(Debug)]
pub(super) struct Queue {
    /// Jobs that no earlier one was in the way of so far, as (position, spec).
    rest: std::iter::Peekable<std::iter::Enumerate<std::vec::IntoIter<JobSpec>>>,
    /// The later jobs about each person or group that a job under way is about.
    later: BTreeMap<Subject, VecDeque<(usize, JobSpec)>>,
    /// The people and groups with a job under way, or one in `ready`.
    busy: BTreeSet<Subject>,
    /// Jobs whose predecessor has ended, by position.
    ready: BTreeMap<usize, JobSpec>,
    /// True while a job about the connection is under way, which no other job overlaps.
    is_alone: bool,
}

/// The object that a job changes in the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Person(String),
    Group(String),
}

impl Subject {
    /// Returns `None` for a job about the connection.
    fn of(spec: &JobSpec) -> Option<Self> {
        let name = spec.kind.subject()?.to_owned();
        Some(if spec.kind.is_about_a_group() { Self::Group(name) } else { Self::Person(name) })
    }
}

impl Queue {
    pub(super) fn new(specs: Vec<JobSpec>) -> Self {
        let rest = specs.into_iter().enumerate().peekable();
        let (later, busy, ready) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { rest, later, busy, ready, is_alone: false }
    }

    /// Takes the first job that may start now, with its position in the plan. It is under way until [`Queue::ended`].
    pub(super) fn take(&mut self) -> Option<(usize, JobSpec)> {
        if self.is_alone {
            return None;
        }
        if let Some(first) = self.ready.pop_first() {
            return Some(first);
        }
        loop {
            let (_, next) = self.rest.peek()?;
            let Some(subject) = Subject::of(next) else {
                if !self.busy.is_empty() {
                    return None;
                }
                self.is_alone = true;
                return self.rest.next();
            };
            let next = self.rest.next()?;
            if self.busy.insert(subject.clone()) {
                return Some(next);
            }
            self.later.entry(subject).or_default().push_back(next);
        }
    }

    /// Records that a job has ended, so that the next one about its subject may start.
    pub(super) fn ended(&mut self, spec: &JobSpec) {
        let Some(subject) = Subject::of(spec) else {
            self.is_alone = false;
            return;
        };
        let Some(jobs) = self.later.get_mut(&subject) else {
            self.busy.remove(&subject);
            return;
        };
        self.ready.extend(jobs.pop_front());
        if jobs.is_empty() {
            self.later.remove(&subject);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::okta::org::{GroupPush, JobKind};

    fn spec(subject: u8) -> JobSpec {
        let kind = match subject {
            0 => JobKind::TestConnection { saving: false },
            1..=3 => JobKind::PushGroup { group: subject.to_string(), push: GroupPush::Full },
            _ => JobKind::ProvisionUser { person: subject.to_string() },
        };
        JobSpec { app: "app".into(), kind }
    }

    proptest! {
        #[test]
        fn jobs_about_one_subject_keep_their_order_and_never_overlap(
            subjects in proptest::collection::vec(0_u8..8, 0..40),
            ends in proptest::collection::vec(any::<prop::sample::Index>(), 80),
            most in 1_usize..6,
        ) {
            let mut queue = Queue::new(subjects.iter().copied().map(spec).collect());
            let (mut under_way, mut ended): (Vec<(usize, JobSpec)>, Vec<usize>) = (Vec::new(), Vec::new());
            for end in ends {
                while under_way.len() < most && let Some(next) = queue.take() {
                    let subject = Subject::of(&next.1);
                    let is_free = |(_, other): &(usize, JobSpec)| {
                        subject.is_some() && Subject::of(other).is_some() && Subject::of(other) != subject
                    };
                    prop_assert!(under_way.iter().all(is_free), "{next:?} overlaps {under_way:?}");
                    under_way.push(next);
                }
                if under_way.is_empty() {
                    break;
                }
                let (position, spec) = under_way.remove(end.index(under_way.len()));
                queue.ended(&spec);
                ended.push(position);
            }
            prop_assert_eq!(ended.len(), subjects.len(), "every job runs");
            for subject in 0..8 {
                let order: Vec<usize> = ended.iter().copied().filter(|at| subjects[*at] == subject).collect();
                prop_assert!(order.is_sorted(), "{order:?}");
            }
            if most == 1 {
                prop_assert!(ended.is_sorted());
            }
        }
    }
}
