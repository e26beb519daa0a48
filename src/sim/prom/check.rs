//! What the grammar allows and the types do not, in Prometheus' own words. It reads no text.

use super::ast::{Binary, Expr, Fault, Grouping, Is, Operator, Type};

/// What is PromQL, but not answered here.
pub(super) fn unsupported(at: usize, what: &str) -> Fault {
    Fault::Unsupported(at, format!("{what} not in the subset of PromQL that this simulated Prometheus answers"))
}

/// An argument has the type that is wanted.
pub(super) fn expect(expr: &Expr, wanted: Type, context: &str) -> Result<(), Fault> {
    let got = expr.kind();
    if got == wanted {
        return Ok(());
    }
    Err(Fault::Syntax(expr.at, format!("expected type {wanted} in {context}, got {got}")))
}

/// Two expressions and the operator between them, which is at `at`.
pub(super) fn binary(
    at: usize,
    (operator, as_bool): (Operator, bool),
    matching: Option<Grouping>,
    (left, right): (Expr, Expr),
) -> Result<Expr, Fault> {
    let wrong = |at: usize, what: &str| Err(Fault::Syntax(at, what.to_owned()));
    for side in [&left, &right] {
        if !matches!(side.kind(), Type::Scalar | Type::Instant) {
            return wrong(side.at, "binary expression must contain only scalar and instant vector types");
        }
    }
    if as_bool && !matches!(operator, Operator::Comparison(_)) {
        return wrong(at, "bool modifier can only be used on comparison operators");
    }
    let scalars = [&left, &right].iter().filter(|side| side.kind() == Type::Scalar).count();
    if matches!(operator, Operator::Comparison(_)) && !as_bool && scalars == 2 {
        return wrong(at, "comparisons between scalars must use BOOL modifier");
    }
    if scalars > 0 && matches!(operator, Operator::Set(_)) {
        let sign = Operator::ALL.iter().find(|(_, known, _)| *known == operator).map_or("", |(sign, ..)| sign);
        return wrong(left.at, &format!("set operator {sign:?} not allowed in binary scalar expression"));
    }
    let named = matches!(&matching, Some(Grouping::These(names) | Grouping::AllBut(names)) if !names.is_empty());
    if scalars > 0 && named {
        return wrong(left.at, "vector matching only allowed between instant vectors");
    }
    let matching = matching.unwrap_or(Grouping::AllBut(Vec::new()));
    let at = left.at;
    Ok(Expr {
        at,
        is: Is::Binary(Binary { operator, as_bool, matching, left: Box::new(left), right: Box::new(right) }),
    })
}
