//! The grammar of the subset: recursive descent, with Prometheus' precedences and types checked on the way. What is PromQL
//! but not in the subset is told apart from what is no PromQL at all. It evaluates nothing.

use super::{
    ast::{Expr, Fault, Fold, Function, Grouping, Is, Operator, Selector, Type},
    check::{binary, expect, unsupported},
    labels::{Matcher, NAME},
    lex::{Token, lex},
};

/// More nested or longer than anyone's query; keeps the recursion of everything that walks an expression short.
const PARTS: usize = 250;

/// The keywords that cannot be the name of a metric.
const RESERVED: [&str; 6] = ["bool", "on", "ignoring", "group_left", "group_right", "without"];

/// Reads a query.
pub(super) fn parse(query: &str) -> Result<Expr, Fault> {
    let mut parser = Parser::new(query);
    if parser.peek() == &Token::End {
        return Err(Fault::Syntax(query.len(), "no expression found in input".into()));
    }
    let expr = parser.expression(0)?;
    if parser.peek() == &Token::End { Ok(expr) } else { Err(parser.unexpected("", "")) }
}

/// Reads a selector alone, as `match[]` wants one.
pub(super) fn parse_selector(query: &str) -> Result<Vec<Matcher>, Fault> {
    let mut parser = Parser::new(query);
    let at = parser.at();
    let name = parser.word();
    let selector = parser.selector(at, name)?;
    if parser.peek() == &Token::End { Ok(selector.matchers) } else { Err(parser.unexpected("", "")) }
}

struct Parser<'q> {
    query: &'q str,
    tokens: Vec<(usize, Token)>,
    next: usize,
    parts: usize,
}

impl<'q> Parser<'q> {
    fn new(query: &'q str) -> Self {
        Self { query, tokens: lex(query), next: 0, parts: 0 }
    }

    fn peek(&self) -> &Token {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> &Token {
        self.tokens.get(self.next + by).map_or(&Token::End, |(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(at, _)| *at)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    /// Takes a sign if it is the next piece.
    fn has(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.next += usize::from(found);
        found
    }

    fn needs(&mut self, sign: &str, context: &str) -> Result<(), Fault> {
        if self.has(sign) { Ok(()) } else { Err(self.unexpected(context, &format!("{sign:?}"))) }
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn has_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.next += usize::from(found);
        found
    }

    fn word(&mut self) -> Option<String> {
        let Token::Word(word) = self.peek() else { return None };
        let word = word.clone();
        self.next += 1;
        Some(word)
    }

    fn unexpected(&self, context: &str, expected: &str) -> Fault {
        if self.is("^") || self.is("%") {
            return self.unsupported("the operators ^ and % are");
        }
        if let Token::Wrong(why) = self.peek() {
            return Fault::Syntax(self.at(), why.clone());
        }
        let until = self.tokens.get(self.next + 1).map_or(self.query.len(), |(at, _)| *at);
        let written = self.query.get(self.at()..until).unwrap_or_default().trim_end();
        let within = if context.is_empty() { String::new() } else { format!(" in {context}") };
        let instead = if expected.is_empty() { String::new() } else { format!(", expected {expected}") };
        Fault::Syntax(self.at(), format!("unexpected {}{within}{instead}", self.peek().described(written)))
    }

    fn unsupported(&self, what: &str) -> Fault {
        unsupported(self.at(), what)
    }

    fn part(&mut self) -> Result<(), Fault> {
        self.parts += 1;
        if self.parts <= PARTS { Ok(()) } else { Err(self.unsupported("queries of more than 250 parts are")) }
    }

    fn expression(&mut self, least: u8) -> Result<Expr, Fault> {
        let mut left = self.unary()?;
        while let Some((operator, binds)) = self.operator().filter(|(_, binds)| *binds > least) {
            let at = self.at();
            self.next += 1;
            let as_bool = self.has_keyword("bool");
            let matching = self.matching()?;
            let right = self.expression(binds)?;
            left = binary(at, (operator, as_bool), matching, (left, right))?;
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let text = match self.peek() {
            Token::Sign(sign) => (*sign).to_owned(),
            Token::Word(word) => word.to_ascii_lowercase(),
            Token::Number(_) | Token::Duration(_) | Token::Text(_) | Token::Wrong(_) | Token::End => return None,
        };
        Operator::ALL.iter().find(|(sign, ..)| *sign == text).map(|(_, operator, binds)| (*operator, *binds))
    }

    fn matching(&mut self) -> Result<Option<Grouping>, Fault> {
        let matching = if self.has_keyword("on") {
            Some(Grouping::These(self.names()?))
        } else if self.has_keyword("ignoring") {
            Some(Grouping::AllBut(self.names()?))
        } else {
            None
        };
        if self.is_keyword("group_left") || self.is_keyword("group_right") {
            return Err(self.unsupported("group_left and group_right are"));
        }
        Ok(matching)
    }

    /// `(a, b)`; a comma may follow the last.
    fn names(&mut self) -> Result<Vec<String>, Fault> {
        const CONTEXT: &str = "grouping opts";
        self.needs("(", CONTEXT)?;
        let mut names = Vec::new();
        while !self.has(")") {
            let at = self.at();
            let Some(name) = self.word().filter(|name| !name.contains(':')) else {
                self.next -= usize::from(self.at() != at);
                return Err(self.unexpected(CONTEXT, "label"));
            };
            names.push(name);
            if !self.is(")") {
                self.needs(",", CONTEXT)?;
            }
        }
        Ok(names)
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        self.part()?;
        let at = self.at();
        let negative = self.is("-");
        if !negative && !self.is("+") {
            return self.postfix();
        }
        self.next += 1;
        let of = self.unary()?;
        if !matches!(of.kind(), Type::Scalar | Type::Instant) {
            let what = "unary expression only allowed on expressions of type scalar or instant vector, got";
            return Err(Fault::Syntax(at, format!("{what} {:?}", of.kind().to_string())));
        }
        Ok(if negative { Expr { at, is: Is::Negative(Box::new(of)) } } else { of })
    }

    /// An operand and what may follow it: a range, an offset.
    fn postfix(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.primary()?;
        let bracket = self.at();
        if self.has("[") {
            let at = self.at();
            let Token::Duration(range) = self.take() else {
                self.next -= 1;
                return Err(self.unexpected("range selector", "duration"));
            };
            if self.is(":") {
                return Err(self.unsupported("subqueries are"));
            }
            self.needs("]", "range selector")?;
            let Is::Instant(selector) = expr.is else {
                return Err(Fault::Syntax(bracket, "ranges only allowed for vector selectors".into()));
            };
            if range == 0 {
                return Err(Fault::Syntax(at, "duration must be greater than 0".into()));
            }
            expr.is = Is::Range(selector, range);
        }
        if self.is_keyword("offset") {
            self.next += 1;
            let sign = if self.has("-") { -1 } else { 1 };
            let Token::Duration(offset) = self.take() else {
                self.next -= 1;
                return Err(self.unexpected("offset", "duration"));
            };
            let (Is::Instant(selector) | Is::Range(selector, _)) = &mut expr.is else {
                let what = "offset modifier must be preceded by an instant vector selector or range vector selector or a \
                            subquery";
                return Err(Fault::Syntax(expr.at, what.into()));
            };
            selector.offset = sign * offset;
        }
        if self.is("@") { Err(self.unsupported("the modifier @ is")) } else { Ok(expr) }
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        match self.peek().clone() {
            Token::Number(n) => {
                self.next += 1;
                Ok(Expr { at, is: Is::Number(n) })
            }
            Token::Text(text) => {
                self.next += 1;
                Ok(Expr { at, is: Is::Text(text) })
            }
            Token::Sign("(") => {
                self.next += 1;
                let inside = self.expression(0)?;
                self.needs(")", "parenthesized expression")?;
                // Parentheses make an expression of a selector: no range may follow.
                let what = "ranges only allowed for vector selectors";
                if self.is("[") { Err(Fault::Syntax(self.at(), what.into())) } else { Ok(inside) }
            }
            Token::Sign("{") => self.instant(at, None),
            Token::Word(word) => self.named(at, word),
            Token::Sign(_) | Token::Duration(_) | Token::Wrong(_) | Token::End => Err(self.unexpected("", "")),
        }
    }

    fn named(&mut self, at: usize, word: String) -> Result<Expr, Fault> {
        let called = matches!(self.ahead(1), Token::Sign("("));
        let lower = word.to_ascii_lowercase();
        let grouped = matches!(self.ahead(1), Token::Word(next)
            if next.eq_ignore_ascii_case("by") || next.eq_ignore_ascii_case("without"));
        if called || grouped {
            if let Some((_, fold)) = Fold::ALL.iter().find(|(name, _)| *name == lower) {
                self.next += 1;
                return self.fold(at, *fold);
            }
            if Fold::ELSEWHERE.contains(&format!(" {lower} ")) {
                return Err(unsupported(at, &format!("the aggregation {lower}() is")));
            }
        }
        if called {
            self.next += 1;
            return self.call(at, &word);
        }
        if RESERVED.contains(&lower.as_str()) {
            return Err(self.unexpected("", ""));
        }
        self.next += 1;
        self.instant(at, Some(word))
    }

    fn call(&mut self, at: usize, name: &str) -> Result<Expr, Fault> {
        let Some((_, function, types)) = Function::ALL.iter().find(|(known, ..)| *known == name) else {
            return Err(if Function::ELSEWHERE.contains(&format!(" {name} ")) {
                unsupported(at, &format!("the function {name}() is"))
            } else {
                Fault::Syntax(at, format!("unknown function with name {name:?}"))
            });
        };
        let arguments = self.arguments()?;
        if arguments.len() != types.len() {
            let (wanted, got) = (types.len(), arguments.len());
            return Err(Fault::Syntax(at, format!("expected {wanted} argument(s) in call to {name:?}, got {got}")));
        }
        for (argument, wanted) in arguments.iter().zip(*types) {
            expect(argument, *wanted, &format!("call to function {name:?}"))?;
        }
        Ok(Expr { at, is: Is::Call(*function, arguments) })
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Fault> {
        self.needs("(", "function call")?;
        let mut arguments = Vec::new();
        if self.has(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression(0)?);
            if self.has(")") {
                return Ok(arguments);
            }
            self.needs(",", "function call")?;
        }
    }

    fn fold(&mut self, at: usize, fold: Fold) -> Result<Expr, Fault> {
        let before = self.grouping()?;
        let mut arguments = self.arguments()?;
        let after = if before.is_none() { self.grouping()? } else { None };
        let grouping = before.or(after).unwrap_or(Grouping::These(Vec::new()));
        let wanted = 1 + usize::from(fold.has_parameter());
        let got = arguments.len();
        let Some(of) = arguments.pop().filter(|_| got == wanted) else {
            return Err(Fault::Syntax(
                at,
                if got == 0 {
                    "no arguments for aggregate expression provided".into()
                } else {
                    format!("wrong number of arguments for aggregate expression provided, expected {wanted}, got {got}")
                },
            ));
        };
        expect(&of, Type::Instant, "aggregation expression")?;
        let parameter = arguments.pop();
        if let Some(parameter) = &parameter {
            expect(parameter, Type::Scalar, "aggregation parameter")?;
        }
        let (parameter, of) = (parameter.map(Box::new), Box::new(of));
        Ok(Expr { at, is: Is::Fold { fold, grouping, parameter, of } })
    }

    fn grouping(&mut self) -> Result<Option<Grouping>, Fault> {
        if self.has_keyword("by") {
            return self.names().map(|names| Some(Grouping::These(names)));
        }
        if self.has_keyword("without") {
            return self.names().map(|names| Some(Grouping::AllBut(names)));
        }
        Ok(None)
    }

    fn instant(&mut self, at: usize, name: Option<String>) -> Result<Expr, Fault> {
        let selector = self.selector(at, name)?;
        if selector.matchers.iter().all(|matcher| matcher.matches("")) {
            return Err(Fault::Syntax(at, "vector selector must contain at least one non-empty matcher".into()));
        }
        Ok(Expr { at, is: Is::Instant(selector) })
    }

    fn selector(&mut self, at: usize, name: Option<String>) -> Result<Selector, Fault> {
        let mut matchers = Vec::new();
        if self.has("{") {
            while !self.has("}") {
                matchers.push(self.matcher()?);
                if !self.is("}") && !self.has(",") {
                    return Err(self.unexpected("label matching", "\",\" or \"}\""));
                }
            }
        } else if name.is_none() {
            return Err(self.unexpected("", ""));
        }
        if let Some(name) = name {
            if let Some(twice) = matchers.iter().find(|matcher| matcher.name() == NAME) {
                let other = twice.exactly().unwrap_or_default();
                return Err(Fault::Syntax(at, format!("metric name must not be set twice: {name:?} or {other:?}")));
            }
            matchers.push(Matcher::new(NAME, "=", &name).map_err(|why| Fault::Syntax(at, why))?);
        }
        Ok(Selector { matchers, offset: 0 })
    }

    fn matcher(&mut self) -> Result<Matcher, Fault> {
        const CONTEXT: &str = "label matching";
        if !matches!(self.peek(), Token::Word(name) if !name.contains(':')) {
            return Err(self.unexpected(CONTEXT, "identifier or \"}\""));
        }
        let at = self.at();
        let name = self.word().unwrap_or_default();
        let Token::Sign(operator @ ("=" | "!=" | "=~" | "!~")) = *self.peek() else {
            return Err(self.unexpected(CONTEXT, "label matching operator"));
        };
        self.next += 1;
        let Token::Text(value) = self.peek().clone() else {
            return Err(self.unexpected(CONTEXT, "string"));
        };
        self.next += 1;
        Matcher::new(&name, operator, &value).map_err(|why| Fault::Syntax(at, why))
    }
}
