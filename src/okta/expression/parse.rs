//! Parses an expression.
//!
//! From weak to strong: `a ? b : c`, `or`, `and`, `==` and `!=`, `+`, `not`, then literals, `user.x`, calls and brackets.

use std::fmt;

use super::error::{ExpressionError, ExpressionErrorKind, OPERATOR};
use super::token::{Token, tokens};
use crate::base::did_you_mean;

/// The largest size of an expression in bytes, and its deepest nesting: each level is a call of the parser.
const MAX_BYTES: usize = 4_096;
const MAX_DEPTH: usize = 40;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    pub(super) root: Node,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Number(i64),
    Bool(bool),
    Null,
    List(Vec<Node>),
    /// An attribute of the user.
    Attribute(String),
    Call(Function, Vec<Node>),
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Equal(Box<Node>, Box<Node>),
    Plus(Box<Node>, Box<Node>),
    Choose(Box<[Node; 3]>),
}

/// The functions that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    SubstringBefore,
    SubstringAfter,
    Substring,
    ToLowerCase,
    ToUpperCase,
    Len,
    Replace,
    RemoveSpaces,
    StringContains,
    StartsWith,
    Append,
    Join,
    ToInt,
    IsMemberOfGroupName,
    InternalProperty,
}

/// A call with the names of its arguments, the function, and the smallest and largest number of arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 15] = [
    ("String.substringBefore(text, \"@\")", Function::SubstringBefore, 2, 2),
    ("String.substringAfter(text, \"@\")", Function::SubstringAfter, 2, 2),
    ("String.substring(text, from, to)", Function::Substring, 3, 3),
    ("String.toLowerCase(text)", Function::ToLowerCase, 1, 1),
    ("String.toUpperCase(text)", Function::ToUpperCase, 1, 1),
    ("String.len(text)", Function::Len, 1, 1),
    ("String.replace(text, old, new)", Function::Replace, 3, 3),
    ("String.removeSpaces(text)", Function::RemoveSpaces, 1, 1),
    ("String.stringContains(text, part)", Function::StringContains, 2, 2),
    ("String.startsWith(text, part)", Function::StartsWith, 2, 2),
    ("String.append(text, text)", Function::Append, 2, 2),
    ("String.join(separator, text, text)", Function::Join, 2, usize::MAX),
    ("Convert.toInt(text)", Function::ToInt, 1, 1),
    ("isMemberOfGroupName(\"group\")", Function::IsMemberOfGroupName, 1, 1),
    ("user.getInternalProperty(\"status\")", Function::InternalProperty, 1, 1),
];

fn name_of(usage: &'static str) -> &'static str {
    usage.split('(').next().unwrap_or_default()
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// It is not valid. The error says where.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let error = |at: usize, kind| {
            let at = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
            ExpressionError { text: text.chars().take(MAX_BYTES).collect(), at, kind }
        };
        if text.len() > MAX_BYTES {
            return Err(error(0, ExpressionErrorKind::TooLong(MAX_BYTES)));
        }
        let tokens = tokens(text).map_err(|(at, kind)| error(at, kind))?;
        let mut parser = Parser { tokens, next: 0, end: text.len(), depth: 0 };
        let root = parser.whole().map_err(|(at, kind)| error(at, kind))?;
        Ok(Self { text: text.to_owned(), root })
    }

    /// Returns the attributes of the user that the expression uses.
    #[must_use]
    pub fn attributes(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut nodes = vec![&self.root];
        while let Some(node) = nodes.pop() {
            match node {
                Node::Attribute(name) => names.push(name.as_str()),
                Node::List(items) | Node::Call(_, items) => nodes.extend(items),
                Node::Not(node) => nodes.push(node),
                Node::And(left, right) | Node::Or(left, right) | Node::Equal(left, right) | Node::Plus(left, right) => {
                    nodes.extend([left.as_ref(), right.as_ref()]);
                }
                Node::Choose(parts) => nodes.extend(parts.iter()),
                Node::Text(_) | Node::Number(_) | Node::Bool(_) | Node::Null => {}
            }
        }
        names
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

type Parsed<T> = Result<T, (usize, ExpressionErrorKind)>;

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn whole(&mut self) -> Parsed<Node> {
        let root = self.expression()?;
        match self.peek() {
            None => Ok(root),
            Some(_) => Err(self.unexpected(OPERATOR)),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn unexpected(&self, expected: &'static str) -> (usize, ExpressionErrorKind) {
        let found = match self.peek() {
            None => return (self.at(), ExpressionErrorKind::Missing(expected)),
            Some(Token::Text(text)) => text.clone(),
            Some(Token::Number(number)) => number.to_string(),
            Some(Token::Name(name)) => name.clone(),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
        };
        (self.at(), ExpressionErrorKind::Unexpected { found, expected })
    }

    /// Skips one of these signs or words.
    fn skip(&mut self, words: &[&str]) -> bool {
        let found = match self.peek() {
            Some(Token::Sign(sign)) => words.contains(sign),
            Some(Token::Name(name)) => words.contains(&name.as_str()),
            _ => false,
        };
        self.next += usize::from(found);
        found
    }

    fn require(&mut self, sign: &'static str) -> Parsed<()> {
        if self.skip(&[sign]) { Ok(()) } else { Err(self.unexpected(sign)) }
    }

    fn expression(&mut self) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err((self.at(), ExpressionErrorKind::TooDeep(MAX_DEPTH)));
        }
        let condition = self.or()?;
        let node = if self.skip(&["?"]) {
            let yes = self.expression()?;
            self.require(":")?;
            let no = self.expression()?;
            Node::Choose(Box::new([condition, yes, no]))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    fn or(&mut self) -> Parsed<Node> {
        let mut node = self.and()?;
        while self.skip(&["or", "OR", "||"]) {
            node = Node::Or(Box::new(node), Box::new(self.and()?));
        }
        Ok(node)
    }

    fn and(&mut self) -> Parsed<Node> {
        let mut node = self.equality()?;
        while self.skip(&["and", "AND", "&&"]) {
            node = Node::And(Box::new(node), Box::new(self.equality()?));
        }
        Ok(node)
    }

    fn equality(&mut self) -> Parsed<Node> {
        let left = self.sum()?;
        if self.skip(&["=="]) {
            return Ok(Node::Equal(Box::new(left), Box::new(self.sum()?)));
        }
        if self.skip(&["!="]) {
            let equal = Node::Equal(Box::new(left), Box::new(self.sum()?));
            return Ok(Node::Not(Box::new(equal)));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed<Node> {
        let mut node = self.negation()?;
        while self.skip(&["+"]) {
            node = Node::Plus(Box::new(node), Box::new(self.negation()?));
        }
        Ok(node)
    }

    fn negation(&mut self) -> Parsed<Node> {
        let mut negations = 0_usize;
        while self.skip(&["!", "not", "NOT"]) {
            negations += 1;
        }
        let node = self.primary()?;
        Ok(match negations {
            0 => node,
            odd if odd % 2 == 1 => Node::Not(Box::new(node)),
            _ => Node::Not(Box::new(Node::Not(Box::new(node)))),
        })
    }

    fn primary(&mut self) -> Parsed<Node> {
        if self.skip(&["("]) {
            let node = self.expression()?;
            self.require(")")?;
            return Ok(node);
        }
        if self.skip(&["{"]) {
            return Ok(Node::List(self.list("}")?));
        }
        let at = self.at();
        let node = match self.peek() {
            Some(Token::Text(text)) => Node::Text(text.clone()),
            Some(Token::Number(number)) => Node::Number(*number),
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.next += 1;
                return self.named(at, &name);
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.next += 1;
        Ok(node)
    }

    fn named(&mut self, at: usize, name: &str) -> Parsed<Node> {
        if self.skip(&["("]) {
            let named = FUNCTIONS.into_iter().find(|(usage, ..)| name_of(usage) == name);
            let Some((usage, function, least, most)) = named else {
                let known = || FUNCTIONS.iter().map(|(usage, ..)| name_of(usage));
                let list = format!("there are {}", known().collect::<Vec<_>>().join(", "));
                let hint = did_you_mean(name, known(), &list);
                return Err((at, ExpressionErrorKind::UnknownFunction { name: name.to_owned(), hint }));
            };
            let arguments = self.list(")")?;
            let found = arguments.len();
            if !(least..=most).contains(&found) {
                let expected = match (least, most) {
                    (1, 1) => "one argument".to_owned(),
                    (least, usize::MAX) => format!("at least {least} arguments"),
                    (least, _) => format!("{least} arguments"),
                };
                return Err((at, ExpressionErrorKind::Arguments { usage, expected, found }));
            }
            return Ok(Node::Call(function, arguments));
        }
        match name {
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "null" => Ok(Node::Null),
            _ => {
                let attribute = name.strip_prefix("user.").or_else(|| name.strip_prefix("source."));
                match attribute.filter(|attribute| !attribute.is_empty() && !attribute.contains('.')) {
                    Some(attribute) => Ok(Node::Attribute(attribute.to_owned())),
                    None => Err((at, ExpressionErrorKind::UnknownName(name.to_owned()))),
                }
            }
        }
    }

    /// Parses the rest of a list up to a bracket.
    fn list(&mut self, end: &'static str) -> Parsed<Vec<Node>> {
        let mut items = Vec::new();
        if self.skip(&[end]) {
            return Ok(items);
        }
        loop {
            items.push(self.expression()?);
            if self.skip(&[end]) {
                return Ok(items);
            }
            self.require(",")?;
        }
    }
}
