#pragma once

namespace hb {

// Visitor made of lambdas: std::visit(Overloaded{[](const A&) {…}, [](const B&) {…}}, variant).
template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;  // clang 14 needs the guide

}  // namespace hb
