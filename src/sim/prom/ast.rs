//! What a query says, once it is read; and why it could not be. No evaluation.

use std::fmt;

use super::labels::Matcher;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not PromQL: where (bytes into the query), and what.
    Syntax(usize, String),
    /// PromQL, but more of it than this server knows: where, and what.
    Unsupported(usize, String),
    /// It could be read, but not calculated.
    Execution(String),
}

impl Fault {
    /// The sentence of the error, with line and column as Prometheus counts them.
    pub(super) fn sentence(&self, query: &str) -> String {
        let place = |at: usize| {
            let before = query.get(..at).unwrap_or(query);
            let column = before.len() - before.rfind('\n').map_or(0, |line| line + 1) + 1;
            format!("{}:{column}", before.matches('\n').count() + 1)
        };
        match self {
            Self::Syntax(at, what) => format!("{}: parse error: {what}", place(*at)),
            Self::Unsupported(at, what) => format!("{}: {what}", place(*at)),
            Self::Execution(what) => what.clone(),
        }
    }
}

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Scalar,
    Instant,
    Range,
    Text,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "scalar",
            Self::Instant => "instant vector",
            Self::Range => "range vector",
            Self::Text => "string",
        })
    }
}

/// Which series, and how long ago.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    pub(super) matchers: Vec<Matcher>,
    /// Milliseconds; negative looks ahead.
    pub(super) offset: i64,
}

/// A function of the subset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Rate,
    Increase,
    Irate,
    HistogramQuantile,
    ClampMin,
    ClampMax,
    LabelReplace,
    Vector,
}

impl Function {
    /// Name, function, types of its arguments. It answers with an instant vector, whichever it is.
    pub(super) const ALL: &[(&str, Self, &[Type])] = &[
        ("rate", Self::Rate, &[Type::Range]),
        ("increase", Self::Increase, &[Type::Range]),
        ("irate", Self::Irate, &[Type::Range]),
        ("histogram_quantile", Self::HistogramQuantile, &[Type::Scalar, Type::Instant]),
        ("clamp_min", Self::ClampMin, &[Type::Instant, Type::Scalar]),
        ("clamp_max", Self::ClampMax, &[Type::Instant, Type::Scalar]),
        ("label_replace", Self::LabelReplace, &[Type::Instant, Type::Text, Type::Text, Type::Text, Type::Text]),
        ("vector", Self::Vector, &[Type::Scalar]),
    ];

    /// The functions of Prometheus 2.42 that are not in the subset: real, but not here.
    pub(super) const ELSEWHERE: &str = " abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil \
         changes clamp cos cosh count_over_time days_in_month day_of_month day_of_week day_of_year deg delta deriv exp floor \
         histogram_count histogram_sum histogram_fraction holt_winters hour idelta label_join last_over_time ln log10 log2 \
         max_over_time min_over_time minute month pi predict_linear present_over_time quantile_over_time rad resets round \
         scalar sgn sin sinh sort sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp \
         year ";
}

/// An aggregation of the subset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Topk,
    Bottomk,
}

impl Fold {
    /// Names of the subset.
    pub(super) const ALL: &[(&str, Self)] = &[
        ("sum", Self::Sum),
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("count", Self::Count),
        ("topk", Self::Topk),
        ("bottomk", Self::Bottomk),
    ];

    /// The aggregations of Prometheus 2.42 that are not in the subset.
    pub(super) const ELSEWHERE: &str = " group stddev stdvar count_values quantile ";

    /// Whether it takes a number before the vector.
    pub(super) fn has_parameter(self) -> bool {
        matches!(self, Self::Topk | Self::Bottomk)
    }
}

/// Between numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
}

/// A filter, or with `bool` 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Between vectors as sets of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    And,
    Or,
    Unless,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    Set(Set),
}

impl Operator {
    /// Sign, operator, how strongly it binds.
    pub(super) const ALL: &[(&str, Self, u8)] = &[
        ("or", Self::Set(Set::Or), 1),
        ("and", Self::Set(Set::And), 2),
        ("unless", Self::Set(Set::Unless), 2),
        ("==", Self::Comparison(Comparison::Equal), 3),
        ("!=", Self::Comparison(Comparison::NotEqual), 3),
        ("<", Self::Comparison(Comparison::Less), 3),
        ("<=", Self::Comparison(Comparison::LessEqual), 3),
        (">", Self::Comparison(Comparison::Greater), 3),
        (">=", Self::Comparison(Comparison::GreaterEqual), 3),
        ("+", Self::Arithmetic(Arithmetic::Add), 4),
        ("-", Self::Arithmetic(Arithmetic::Sub), 4),
        ("*", Self::Arithmetic(Arithmetic::Mul), 5),
        ("/", Self::Arithmetic(Arithmetic::Div), 5),
    ];
}

/// Which labels count: these, or all but these (and the name of the metric).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// An expression, and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) is: Is,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Is {
    Number(f64),
    Text(String),
    Instant(Selector),
    /// A selector and how far back, in milliseconds.
    Range(Selector, i64),
    Call(Function, Vec<Expr>),
    Fold {
        fold: Fold,
        grouping: Grouping,
        parameter: Option<Box<Expr>>,
        of: Box<Expr>,
    },
    Binary(Binary),
    Negative(Box<Expr>),
}

/// Two expressions and what is between them.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    pub(super) operator: Operator,
    /// 0 and 1 instead of a filter.
    pub(super) as_bool: bool,
    pub(super) matching: Grouping,
    pub(super) left: Box<Expr>,
    pub(super) right: Box<Expr>,
}

impl Expr {
    /// Its type.
    pub(super) fn kind(&self) -> Type {
        match &self.is {
            Is::Number(_) => Type::Scalar,
            Is::Text(_) => Type::Text,
            Is::Range(..) => Type::Range,
            Is::Instant(_) | Is::Call(..) | Is::Fold { .. } => Type::Instant,
            Is::Negative(of) => of.kind(),
            Is::Binary(Binary { left, right, .. }) => match (left.kind(), right.kind()) {
                (Type::Scalar, Type::Scalar) => Type::Scalar,
                _ => Type::Instant,
            },
        }
    }
}
