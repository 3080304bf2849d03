# find_package(vmxspec CONFIG): the target vmxspec::vmxspec, whose headers are <vmxspec/vmxspec.hpp> (C++20) and
# <vmxspec/vmxspec.h> (C11). Nothing is to be linked.
include(${CMAKE_CURRENT_LIST_DIR}/vmxspec-targets.cmake)
