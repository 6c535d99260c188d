//! The tree of a query as it was written.

use super::super::failure::Place;

#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub at: Place,
}

/// Names with dots between them.
pub type Path = Vec<Name>;

#[derive(Clone, Debug)]
pub struct Expr {
    pub at: Place,
    pub node: Box<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Negative,
    Plus,
    BitNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Concat,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
}

impl Binary {
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Concat => "||",
            Binary::BitAnd => "&",
            Binary::BitOr => "|",
            Binary::BitXor => "^",
            Binary::ShiftLeft => "<<",
            Binary::ShiftRight => ">>",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    Null,
    True,
    False,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
}

/// What a value is looked for in.
#[derive(Clone, Debug)]
pub enum Set {
    List(Vec<Expr>),
    Query(Query),
    Unnest(Expr),
}

#[derive(Clone, Debug)]
pub enum Node {
    Null,
    Bool(bool),
    Integer(String),
    Float(String),
    Text(String),
    Bytes(Vec<u8>),
    /// `DATE '2024-01-01'`.
    Typed(TypeName, String),
    /// `INTERVAL expr part [TO part]`.
    Interval(Expr, Name, Option<Name>),
    Name(Name),
    Dot(Expr, Name),
    Index(Expr, Expr),
    /// `@name`, or `?` with its number.
    Parameter(String),
    Positional(usize),
    System(String),
    Unary(Unary, Expr),
    /// `a op b op c`, from the left; operators of one precedence.
    Chain(Expr, Vec<(Binary, Place, Expr)>),
    Compare(Comparison, Expr, Expr),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Expr),
    Between {
        value: Expr,
        low: Expr,
        high: Expr,
        negated: bool,
    },
    In {
        value: Expr,
        set: Set,
        negated: bool,
    },
    Like {
        value: Expr,
        pattern: Expr,
        negated: bool,
    },
    LikeSet {
        value: Expr,
        quantifier: Quantifier,
        set: Set,
        negated: bool,
    },
    Is {
        value: Expr,
        truth: Truth,
        negated: bool,
    },
    Distinct {
        left: Expr,
        right: Expr,
        negated: bool,
    },
    Case {
        operand: Option<Expr>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Expr>,
    },
    Cast {
        value: Expr,
        to: TypeName,
        format: Option<Expr>,
        zone: Option<Expr>,
        safe: bool,
    },
    Extract {
        part: Expr,
        value: Expr,
        zone: Option<Expr>,
    },
    Call(Box<Call>),
    Array(Option<TypeName>, Vec<Expr>),
    ArrayQuery(Box<Query>),
    Struct(Option<Vec<(Option<Name>, TypeName)>>, Vec<(Expr, Option<Name>)>),
    Subquery(Box<Query>),
    Exists(Box<Query>),
    /// `WITH(a AS 1, a + 1)`.
    With(Vec<(Name, Expr)>, Expr),
    Default,
}

#[derive(Clone, Debug)]
pub enum Argument {
    Plain(Expr),
    /// `name => value`.
    Named(Name, Expr),
    Star,
    /// A model, table or other thing of SQL's that is no value: its first word.
    Other(Name),
}

#[derive(Clone, Debug)]
pub struct Call {
    pub name: Path,
    pub arguments: Vec<Argument>,
    pub distinct: bool,
    /// `IGNORE NULLS` is true, `RESPECT NULLS` false.
    pub ignore_nulls: Option<bool>,
    /// `HAVING MAX x` is true, `HAVING MIN x` false.
    pub having: Option<(bool, Expr)>,
    pub order: Vec<Order>,
    pub limit: Option<Expr>,
    pub over: Option<Window>,
    /// A clause in the call that only newer GoogleSQL has.
    pub other: Option<Name>,
}

#[derive(Clone, Debug)]
pub struct TypeName {
    pub at: Place,
    pub node: TypeNode,
}

#[derive(Clone, Debug)]
pub enum TypeNode {
    /// A name, with parameters: `NUMERIC(10, 2)`.
    Plain(String, Vec<Expr>),
    Array(Box<TypeName>),
    Struct(Vec<(Option<Name>, TypeName)>),
    Range(Box<TypeName>),
    Other(String),
}

#[derive(Clone, Debug)]
pub struct Order {
    pub value: Expr,
    pub descending: bool,
    pub nulls_first: Option<bool>,
}

#[derive(Clone, Debug, Default)]
pub struct Window {
    pub base: Option<Name>,
    pub partition: Vec<Expr>,
    pub order: Vec<Order>,
    pub frame: Option<Frame>,
}

#[derive(Clone, Debug)]
pub struct Frame {
    pub rows: bool,
    pub at: Place,
    pub start: Bound,
    pub end: Bound,
}

#[derive(Clone, Debug)]
pub enum Bound {
    FirstRow,
    Before(Expr),
    Current,
    After(Expr),
    LastRow,
}

#[derive(Clone, Debug)]
pub struct Query {
    pub at: Place,
    pub with: Vec<Cte>,
    pub recursive: bool,
    pub body: Body,
    pub order: Vec<Order>,
    pub limit: Option<Expr>,
    pub offset: Option<Expr>,
    pub pipes: Vec<(Place, Pipe)>,
}

#[derive(Clone, Debug)]
pub struct Cte {
    pub name: Name,
    pub query: Query,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    Union,
    Intersect,
    Except,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetHow {
    pub kind: SetKind,
    pub all: bool,
    /// `BY NAME`, or `CORRESPONDING`.
    pub by_name: bool,
    /// Columns that only one side has: `INNER`, `LEFT` or `FULL`.
    pub outer: Outer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outer {
    None,
    Inner,
    Left,
    Full,
}

#[derive(Clone, Debug)]
pub enum Body {
    Select(Box<Select>),
    Paren(Box<Query>),
    Set {
        how: SetHow,
        at: Place,
        items: Vec<Body>,
        on: Option<Vec<Name>>,
    },
    /// `FROM t |> …`.
    From(Box<Table>),
}

#[derive(Clone, Debug)]
pub enum Shape {
    Row,
    Struct,
    Value,
}

#[derive(Clone, Debug)]
pub struct Select {
    pub at: Place,
    pub distinct: bool,
    pub shape: Shape,
    pub items: Vec<Item>,
    pub from: Option<Table>,
    pub filter: Option<Expr>,
    pub group: Option<Group>,
    pub having: Option<Expr>,
    pub qualify: Option<Expr>,
    pub windows: Vec<(Name, Window)>,
}

#[derive(Clone, Debug, Default)]
pub struct Star {
    pub except: Vec<Name>,
    pub replace: Vec<(Expr, Name)>,
}

#[derive(Clone, Debug)]
pub enum Item {
    Value(Expr, Option<Name>),
    Star(Place, Star),
    DotStar(Expr, Star),
}

#[derive(Clone, Debug)]
pub enum Group {
    All,
    By(Vec<GroupItem>),
}

#[derive(Clone, Debug)]
pub enum GroupItem {
    Value(Expr, Option<Name>),
    /// `ROLLUP(a, (b, c))`.
    Rollup(Vec<Vec<Expr>>),
    Cube(Vec<Vec<Expr>>),
    Sets(Vec<GroupItem>),
    /// `(a, b)` within `GROUPING SETS`; `()` is none.
    Set(Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Cross,
    Inner,
    Left,
    Right,
    Full,
}

#[derive(Clone, Debug)]
pub enum Table {
    Named {
        path: Path,
        alias: Option<Name>,
        offset: Option<Option<Name>>,
    },
    Unnest {
        at: Place,
        array: Expr,
        alias: Option<Name>,
        offset: Option<Option<Name>>,
    },
    Query {
        query: Box<Query>,
        alias: Option<Name>,
    },
    Join {
        kind: JoinKind,
        at: Place,
        left: Box<Table>,
        right: Box<Table>,
        on: Option<Expr>,
        using: Vec<Name>,
    },
    Paren(Box<Table>),
    Pivot {
        input: Box<Table>,
        pivot: Box<Pivot>,
        alias: Option<Name>,
    },
    Unpivot {
        input: Box<Table>,
        unpivot: Box<Unpivot>,
        alias: Option<Name>,
    },
    Function {
        name: Path,
        at: Place,
    },
}

#[derive(Clone, Debug)]
pub struct Pivot {
    pub at: Place,
    pub aggregates: Vec<(Expr, Option<Name>)>,
    pub input: Expr,
    pub values: Vec<(Expr, Option<Name>)>,
}

#[derive(Clone, Debug)]
pub struct Unpivot {
    pub at: Place,
    pub include_nulls: bool,
    pub values: Vec<Name>,
    pub name: Name,
    /// Columns, and what their rows are labelled.
    pub columns: Vec<(Vec<Name>, Option<Expr>)>,
}

#[derive(Clone, Debug)]
pub enum Pipe {
    Select(Box<Select>),
    Extend(Vec<Item>, Vec<(Name, Window)>),
    Set(Vec<(Name, Expr)>),
    Drop(Vec<Name>),
    Rename(Vec<(Name, Name)>),
    As(Name),
    Where(Expr),
    Limit(Expr, Option<Expr>),
    Aggregate(Vec<(Expr, Option<Name>, Option<Order>)>, Vec<(GroupItem, Option<Order>)>, bool),
    OrderBy(Vec<Order>),
    SetOperation(SetHow, Vec<Query>),
    Join { kind: JoinKind, right: Box<Table>, on: Option<Expr>, using: Vec<Name> },
    Distinct,
    Pivot(Box<Pivot>, Option<Name>),
    Unpivot(Box<Unpivot>, Option<Name>),
    With(Vec<Cte>),
    Assert(Expr),
    StaticDescribe,
}

#[derive(Clone, Debug)]
pub struct ColumnDef {
    pub name: Name,
    pub kind: TypeName,
    pub required: bool,
    pub default: Option<Place>,
}

#[derive(Clone, Debug)]
pub enum Source {
    Query(Query),
    Values(Vec<Vec<Expr>>),
    /// `INSERT ROW`.
    Row,
}

#[derive(Clone, Debug)]
pub enum Action {
    Insert { columns: Vec<Name>, source: Source },
    Update(Vec<(Expr, Expr)>),
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    Yes,
    NotByTarget,
    NotBySource,
}

#[derive(Clone, Debug)]
pub struct When {
    pub at: Place,
    pub matched: Matched,
    pub condition: Option<Expr>,
    pub action: Action,
}

#[derive(Clone, Debug)]
pub enum Alter {
    Add(ColumnDef, bool),
    Drop(Name, bool),
}

#[derive(Clone, Debug)]
pub struct FunctionDef {
    pub name: Name,
    pub arguments: Vec<(Name, Option<TypeName>)>,
    pub returns: Option<TypeName>,
    pub body: Expr,
}

#[derive(Clone, Debug)]
pub enum Statement {
    Query(Query),
    Insert {
        table: Path,
        columns: Vec<Name>,
        source: Source,
    },
    Update {
        table: Path,
        alias: Option<Name>,
        set: Vec<(Expr, Expr)>,
        from: Option<Table>,
        filter: Expr,
    },
    Delete {
        table: Path,
        alias: Option<Name>,
        filter: Expr,
    },
    Merge {
        table: Path,
        alias: Option<Name>,
        source: Table,
        on: Expr,
        clauses: Vec<When>,
    },
    Truncate(Path),
    CreateTable {
        table: Path,
        columns: Vec<ColumnDef>,
        query: Option<Query>,
        replace: bool,
        if_not_exists: bool,
    },
    CreateView {
        table: Path,
        columns: Vec<Name>,
        query: Query,
        text: (u32, u32),
        replace: bool,
        if_not_exists: bool,
    },
    CreateSchema {
        name: Path,
        if_not_exists: bool,
    },
    Drop {
        name: Path,
        view: bool,
        if_exists: bool,
    },
    Alter {
        table: Path,
        changes: Vec<Alter>,
    },
    CreateFunction(FunctionDef),
}
