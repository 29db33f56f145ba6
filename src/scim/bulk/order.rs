//! In which order the operations of a bulk request are carried out.

use super::Bulk;

/// One step of the work; the numbers are places in [`Bulk::operations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Carry the operation out, without references to what is not made yet.
    Do(usize),
    /// Give the resource that the operation made the references that were left out: they are known now.
    Complete(usize),
}

/// What is known of an operation while the order is found.
#[derive(Default)]
struct Node {
    /// Operations whose resources it refers to.
    needs: Vec<usize>,
    /// How many of them were looked at.
    looked_at: usize,
    state: State,
    /// Operations that were placed before this one although they refer to it.
    waiting: Vec<usize>,
    /// How many that refers to are still to come.
    missing: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    New,
    /// What it refers to is being placed.
    Open,
    Placed,
}

impl Bulk {
    /// The steps, each operation's once.
    #[must_use]
    pub fn order(&self) -> Vec<Step> {
        let needs = self.operations.iter().map(|operation| self.needs(operation));
        let mut nodes: Vec<Node> = needs.map(|needs| Node { needs, ..Node::default() }).collect();
        let mut steps = Vec::with_capacity(nodes.len());
        for at in 0..nodes.len() {
            if nodes.get(at).is_some_and(|node| node.state == State::New) {
                place(&mut nodes, at, &mut steps);
            }
        }
        steps
    }
}

/// Places an operation behind everything that it refers to: a walk in depth, on a stack of its own, since a chain may be
/// as long as the request.
fn place(nodes: &mut [Node], first: usize, steps: &mut Vec<Step>) {
    let mut path = vec![first];
    while let Some(&at) = path.last() {
        let Some(node) = nodes.get_mut(at) else { return };
        node.state = State::Open;
        if let Some(&need) = node.needs.get(node.looked_at) {
            node.looked_at += 1;
            match nodes.get_mut(need) {
                Some(needed) if needed.state == State::New => path.push(need),
                Some(needed) if needed.state == State::Open => {
                    needed.waiting.push(at);
                    if let Some(node) = nodes.get_mut(at) {
                        node.missing += 1;
                    }
                }
                _ => {}
            }
            continue;
        }
        path.pop();
        node.state = State::Placed;
        steps.push(Step::Do(at));
        for waiting in std::mem::take(&mut node.waiting) {
            let Some(other) = nodes.get_mut(waiting) else { continue };
            other.missing -= 1;
            if other.missing == 0 {
                steps.push(Step::Complete(waiting));
            }
        }
    }
}
