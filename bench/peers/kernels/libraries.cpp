#include "library.hpp"

namespace kernel_peers {

std::vector<Library> peers()
{
    return
    {
#if KERNEL_PEERS_ONEDNN
        onednn_library(),
#endif
#if KERNEL_PEERS_OPENBLAS
            openblas_library(),
#endif
#if KERNEL_PEERS_EIGEN
            eigen_library(),
#endif
    };
}

std::vector<AbsentLibrary> absent_libraries()
{
    std::vector<AbsentLibrary> absent;
    auto const add = [&](bool is_there, const char* name, const char* package) {
        if (is_there) return;
#if defined(_OPENMP)
        absent.push_back(
            {name, "install it, on Debian " + std::string(package) + ", and run cmake again"});
#else
        absent.push_back({name, "peers run on OpenMP's threads: configure with TFM_OPENMP=ON and "
                                "install it, on Debian " +
                                    std::string(package)});
#endif
    };
    add(KERNEL_PEERS_ONEDNN != 0, "oneDNN", "libdnnl-dev");
    add(KERNEL_PEERS_OPENBLAS != 0, "OpenBLAS", "libopenblas-openmp-dev");
    add(KERNEL_PEERS_EIGEN != 0, "Eigen", "libeigen3-dev");
    return absent;
}

} // namespace kernel_peers
