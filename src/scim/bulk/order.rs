//! The order in which the operations of a bulk request are executed.

use super::Bulk;

/// One step of the execution. The numbers are positions in [`Bulk::operations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Execute the operation without references to resources that do not exist yet.
    Do(usize),
    /// Add the omitted references to the resource that the operation created.
    Complete(usize),
}

/// The state of an operation while the order is computed.
#[derive(Default)]
struct Node {
    /// The operations whose resources it refers to.
    needs: Vec<usize>,
    /// The number of `needs` visited so far.
    looked_at: usize,
    state: State,
    /// The operations that refer to this one but are executed before it.
    waiting: Vec<usize>,
    /// The number of resources it refers to that do not exist when it is executed.
    missing: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    New,
    /// The operations that it refers to are being added.
    Open,
    Placed,
}

impl Bulk {
    /// Returns the steps; each operation is executed once.
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

/// Adds an operation after everything that it refers to. The depth-first search uses its own stack, since a chain can be
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
